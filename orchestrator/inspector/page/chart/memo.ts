/** A component that is drawn anew only if a prop of it is another one: a tick must not draw sixty states again. */
import { Component, type ComponentChildren } from 'preact'

export function memo<Props extends object>(render: (props: Props) => ComponentChildren) {
  return class Memo extends Component<Props> {
    override shouldComponentUpdate(next: Readonly<Props>): boolean {
      return differ(next, this.props)
    }

    override render(props: Props): ComponentChildren {
      return render(props)
    }
  }
}

function differ(one: object, other: object): boolean {
  const names = Object.keys(one)
  if (names.length !== Object.keys(other).length) return true
  return names.some((name) => !Object.is(Reflect.get(one, name), Reflect.get(other, name)))
}
