// Refreshes the page in place and keeps scroll position, focus and selection.
(() => {
  "use strict";
  const seconds = Number(document.getElementById("page").dataset.refresh);
  const links = (page) => [...page.querySelectorAll("a[href]")];

  const reading = () => {
    const selection = getSelection();
    return document.hidden || (selection !== null && !selection.isCollapsed);
  };

  const swap = (answer) => {
    const [page, fresh] = [document.getElementById("page"), answer.getElementById("page")];
    if (fresh === null) throw new Error("this is not the exporter's page");
    const held = page.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    page.replaceWith(document.adoptNode(fresh));
    document.title = answer.title;
    if (held !== null) links(fresh).find((link) => link.getAttribute("href") === held)?.focus({ preventScroll: true });
  };

  const refresh = async () => {
    try {
      const response = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(1000 * (seconds + 10)) });
      const text = await response.text();
      if (reading()) return;
      swap(new DOMParser().parseFromString(text, "text/html"));
    } catch {
      document.getElementById("stale").hidden = false;
    }
  };

  const again = () => setTimeout(async () => {
    if (!reading()) await refresh();
    again();
  }, 1000 * seconds);

  again();
})();
