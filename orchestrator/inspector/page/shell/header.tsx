export function Header() {
  return <header class="header">Skald</header>
}
