(() => {
  const pictures = [...document.querySelectorAll(".picture[data-full]")];
  const item = (index) => {
    const data = pictures[index].dataset;
    return {
      full: data.full, width: Number(data.width), height: Number(data.height), alt: data.alt,
      facts: data.facts, url: data.url, none: "", href: `#${pictures[index].id}`, link: "All that is known of it",
    };
  };
  document.addEventListener("click", (event) => {
    const from = event.target.closest("[data-picture]");
    const index = from ? pictures.findIndex((each) => each.id === `picture-${from.dataset.picture}`) : -1;
    if (index >= 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      lightbox.open(pictures.length, item, index, from);
    }
  });
  const unfold = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", unfold);
  unfold();
})();
