export function SagaView({ sagaId }: { readonly sagaId: string }) {
  return <section class="saga">{sagaId}</section>
}
