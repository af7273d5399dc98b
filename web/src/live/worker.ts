// One stream for every tab: over HTTP/1.1 a browser opens six connections to one origin, and a seventh tab would hang.
import { follow, type Told } from './follow'

const KEPT = 4000
const ports = new Set<MessagePort>()
const past: { seq: number; text: Told }[] = []
let stream: ReturnType<typeof follow> | undefined
let since = 0
let state: Told = { status: 'connecting' }

function tell(told: Told) {
  if ('event' in told) {
    past.push({ seq: told.event.seq, text: told })
    if (past.length > KEPT) since = past.shift()?.seq ?? since
    if (told.event.type === 'stream.reset') {
      past.length = 0
      since = told.event.seq
    }
  } else state = told
  for (const port of ports) port.postMessage(told)
}

/** Give a tab what happened since it read its page; a tab that asks for more than is kept has to read again. */
function welcome(port: MessagePort, after: number) {
  ports.add(port)
  if (!stream) {
    since = after
    stream = follow(after, tell)
    return
  }
  port.postMessage(state)
  if (after < since) port.postMessage({ event: { seq: since, job: null, type: 'stream.reset', data: {} } } satisfies Told)
  else for (const each of past) if (each.seq > after) port.postMessage(each.text)
}

function leave(port: MessagePort) {
  ports.delete(port)
  if (ports.size > 0) return
  stream?.close()
  stream = undefined
  past.length = 0
}

;(self as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = event => {
  const port = event.ports[0]
  if (!port) return
  port.onmessage = ({ data }: MessageEvent<{ after?: number; bye?: true }>) => {
    if (data.bye) leave(port)
    else welcome(port, data.after ?? 0)
  }
}
