import './styles/base.css'
import { mount } from 'svelte'
import App from './App.svelte'
import { router } from './router.svelte'
import { apply } from './ui/theme.svelte'

apply()
const target = document.getElementById('app')
// What the screen needs is asked for first, and is on its way while the frame is drawn.
void router.found?.route.load().catch(() => undefined)
if (target) setTimeout(() => mount(App, { target }))
