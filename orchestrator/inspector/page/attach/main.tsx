import { render } from 'preact'
import '../style/base.css'
import '../style/controls.css'
import '../shell/header.css'
import '../shell/theme.ts'
import { attach } from './attached.ts'
import { Attach } from './attach.tsx'

const root = document.querySelector('#app')
if (root !== null) render(<Attach />, root)
attach()
