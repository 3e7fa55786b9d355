() => {
  // On a narrow screen the conversations would cover the page: they start closed.
  if (window.innerWidth < 800) {
    const close = () => {
      const toggle = document.querySelector(".sidebar.open .toggle-button");
      if (toggle) { toggle.click(); } else { window.requestAnimationFrame(close); }
    };
    close();
  }
  // Citations, copying and keys; everything else is Gradio's.
  document.addEventListener("click", (event) => {
    const copy = event.target.closest("a.copy");
    if (copy) {
      event.preventDefault();
      const text = copy.parentElement.querySelector(".plain").textContent;
      navigator.clipboard.writeText(text).then(() => { copy.textContent = "Copied"; });
    }
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, [contenteditable]");
    if (event.key === "Escape") {
      document.querySelector("#stop")?.click();
      if (event.target.matches(".answer .mark, a.cite")) { event.target.blur(); }
    } else if (event.key === "/" && !typing) {
      event.preventDefault();
      document.querySelector("#question textarea")?.focus();
    } else if ((event.key === "Enter" || event.key === " ") && event.target.matches("a.cite, a.copy")) {
      event.preventDefault();
      event.target.click();
    }
  });
}
