"use strict";

/* Shows one picture of many in full; the arrows go on, Esc goes back to where it was opened. */
const lightbox = (() => {
  const dialog = document.getElementById("lightbox");
  const part = (name) => dialog.querySelector(`[data-part="${name}"]`);
  const image = part("image");
  let length = 0;
  let itemAt = null;
  let at = 0;
  let opener = null;

  const show = (index) => {
    at = (index + length) % length;
    const item = itemAt(at);
    image.hidden = !item.full;
    part("none").hidden = Boolean(item.full);
    image.removeAttribute("width");
    image.removeAttribute("height");
    if (item.full) {
      if (item.width) {
        image.width = item.width;
        image.height = item.height;
      }
      image.src = item.full;
    } else {
      image.removeAttribute("src");
    }
    image.alt = item.alt || `Picture ${at + 1}`;
    part("none").textContent = item.none;
    part("alt").textContent = item.alt;
    part("facts").textContent = item.facts;
    part("url").textContent = item.url;
    part("link").href = item.href;
    part("link").textContent = item.link;
    part("count").textContent = `${(at + 1).toLocaleString("en")} of ${length.toLocaleString("en")}`;
  };

  const step = (by) => length > 1 && show(at + by);

  dialog.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      step(by);
    }
  });
  dialog.addEventListener("click", (event) => {
    if (event.target.classList.contains("stage")) {
      dialog.close();
    }
  });
  dialog.addEventListener("close", () => {
    image.removeAttribute("src");
    opener?.focus();
  });
  part("link").addEventListener("click", () => {
    opener = null;
    dialog.close();
  });
  part("close").addEventListener("click", () => dialog.close());
  part("before").addEventListener("click", () => step(-1));
  part("after").addEventListener("click", () => step(1));

  return {
    open(count, getter, index, from) {
      length = count;
      itemAt = getter;
      opener = from;
      for (const name of ["before", "after"]) {
        part(name).hidden = count < 2;
      }
      show(index);
      dialog.showModal();
    },
  };
})();
