// What scrolls sideways can be reached with the keyboard: the arrow keys then move it.
(() => {
  const mark = () => {
    for (const box of document.querySelectorAll("article pre, article .table-wrapper, article .formula")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  document.addEventListener("toggle", mark, true);
  addEventListener("resize", mark);
  mark();
})();
