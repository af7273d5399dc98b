import './styles/base.css'
import { mount } from 'svelte'
import App from './App.svelte'
import { apply } from './ui/theme.svelte'

apply()
const target = document.getElementById('app')
if (target) mount(App, { target })
