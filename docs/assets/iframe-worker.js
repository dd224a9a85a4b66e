/* Search on pages opened from a file: browsers start no worker there, so its script runs in a
   hidden frame. Over http the browser's own workers are used. */
if (location.protocol === "file:")
  window.Worker = class extends EventTarget {
    constructor(address) {
      super()
      this.onmessage = null
      this.waiting = []
      this.frame = document.createElement("iframe")
      this.frame.hidden = true
      this.frame.title = "search"
      document.body.appendChild(this.frame)
      const inside = this.frame.contentWindow
      const script = inside.document.createElement("script")
      /* what the worker posts reaches this object, not the frame; later, as from a worker */
      inside.postMessage = (data) => setTimeout(() => {
        const said = new MessageEvent("message", { data })
        this.dispatchEvent(said)
        if (this.onmessage) this.onmessage(said)
      })
      inside.importScripts = (...addresses) =>
        addresses.reduce((before, next) => before.then(() => new Promise((done, failed) => {
          const more = inside.document.createElement("script")
          more.src = next
          more.onload = done
          more.onerror = failed
          inside.document.head.appendChild(more)
        })), Promise.resolve())
      script.src = new URL(address, location.href).href
      script.onload = () => {
        this.ready = true
        this.waiting.splice(0).forEach((data) => this.postMessage(data))
      }
      inside.document.head.appendChild(script)
    }

    postMessage(data) {
      if (!this.ready) this.waiting.push(data)
      else setTimeout(() =>
        this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data })))
    }

    terminate() {
      this.frame.remove()
    }
  }
