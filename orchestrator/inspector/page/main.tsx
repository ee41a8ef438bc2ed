import { render } from 'preact'
import './style/base.css'
import './style/controls.css'
import { App } from './app.tsx'

const root = document.querySelector('#app')
if (root !== null) render(<App />, root)
