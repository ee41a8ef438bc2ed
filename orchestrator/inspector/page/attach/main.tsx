import { render } from 'preact'
import '../style/base.css'
import '../style/controls.css'

function Attach() {
  return <main>Nothing is attached.</main>
}

const root = document.querySelector('#app')
if (root !== null) render(<Attach />, root)
