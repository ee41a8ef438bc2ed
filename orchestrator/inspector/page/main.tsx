import { render } from 'preact'
import './style/base.css'
import './style/controls.css'
import './style/app.css'
import './shell/theme.ts'
import { App } from './app.tsx'
import { connect } from './live.ts'
import { keepMachines } from './machines.ts'
import { askWhoLooks } from './session.ts'

const root = document.querySelector('#app')
if (root !== null) render(<App />, root)
void askWhoLooks()
connect()
keepMachines()
