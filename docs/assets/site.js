/* What can be scrolled sideways can be reached and scrolled by the keyboard too. */
const reach = () =>
  document.querySelectorAll(".md-typeset__scrollwrap, .output, .drawn").forEach((box) => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0
    else box.removeAttribute("tabindex")
  })
addEventListener("load", reach)
addEventListener("resize", reach)
