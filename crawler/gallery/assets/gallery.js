/* The lists of the gallery. The data comes as scripts, a month or less in each: a page that is
   opened from a disk may read nothing else. Whatever a post says becomes text, never markup. */
(() => {
  const plan = JSON.parse(document.getElementById("plan").textContent);
  const list = document.getElementById("list");
  const status = document.getElementById("status");
  const more = document.getElementById("more");
  const search = document.getElementById("search");
  const controls = ["state", "source", "order"].map((id) => document.getElementById(id)).filter(Boolean);
  const asked = (id) => document.getElementById(id)?.value ?? "";
  const parts = new Map();
  const AT_ONCE = plan.kind === "images" ? 120 : 60;
  const months = new Intl.DateTimeFormat("en", { month: "long", year: "numeric", timeZone: "UTC" });

  const make = (name, properties = {}, ...children) => {
    const { data, ...rest } = properties;
    const element = Object.assign(document.createElement(name), rest);
    Object.assign(element.dataset, data);
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };
  const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
  const badge = (state, words = state) => make("span", { className: `badge ${state}` }, words);
  const moment = (text) => `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;
  const picture = (src, alt, width, height, color) => {
    const image = make("img", { alt, loading: "lazy", decoding: "async" });
    if (width && height) {
      image.width = width;
      image.height = height;
    }
    if (color) {
      image.style.backgroundColor = color;
    }
    image.src = plan.up + src;
    return image;
  };
  const folded = (words) => words.filter(Boolean).join("\n").normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  /* The host that a word of a search means, as URLs have it: people write it in its own letters. */
  const host = (word) => {
    try {
      return new URL(`http://${word}`).hostname;
    } catch {
      return "";
    }
  };
  const spellings = (word) => {
    const spelled = /[^\0-\x7f]/u.test(word) ? host(word) : "";
    return [folded([word]), spelled].filter(Boolean);
  };

  /* One kind of page each: its rows, what is searched in one, what it looks like. */
  const posts = {
    noun: "post",
    rows: (row) => [row],
    text: (row) => [row.title, row.author, row.id, row.source],
    keeps: (row) => {
      const [, suspect, failed] = row.counts;
      const state = asked("state");
      const source = asked("source");
      return (!state || (state === "missing") === suspect + failed + row.doubts > 0) && (!source || source.slice(1) === row.source);
    },
    orders: {
      "": (a, b) => (b.date ?? "").localeCompare(a.date ?? ""),
      oldest: (a, b) => (a.date ?? "9").localeCompare(b.date ?? "9"),
      source: (a, b) => a.source.localeCompare(b.source) || (b.date ?? "").localeCompare(a.date ?? ""),
      title: (a, b) => a.title.localeCompare(b.title),
    },
    group: (row) => {
      const order = asked("order");
      if (order === "title") {
        return "";
      }
      if (order === "source") {
        return row.source || "no folder";
      }
      return row.date ? months.format(new Date(`${row.date.slice(0, 7)}-01T00:00:00Z`)) : "Without a date";
    },
    className: "cards",
    draw: (row) => {
      const [archived, suspect, failed, skipped] = row.counts;
      const [src, width, height, color] = row.cover ?? [];
      const cover = make("div", { className: "cover" }, src ? picture(src, "", width, height, color) : make("span", {}, failed && !archived ? "Nothing archived" : "No picture"));
      const facts = make("p", {}, [row.date?.slice(0, 10), plural(archived + suspect + failed + skipped, "picture")].filter(Boolean).join(" · "));
      if (failed + suspect) {
        facts.append(failed ? badge("failed", `${failed} missing`) : badge("suspect", `${suspect} suspect`));
      } else if (row.doubts) {
        facts.append(badge("suspect", "may be incomplete"));
      }
      const title = make("h3", { dir: "auto", title: row.title }, row.title);
      return make("li", { className: "card" }, make("a", { href: plan.up + row.page }, cover, title), facts);
    },
    nothing: ["No posts yet", "image-archiver archive SOURCE fills this page."],
  };
  const images = {
    noun: "image",
    rows: ([page, title, date, found]) => found.map((image) => ({ page, title, date, image })),
    text: ({ title, image }) => [title, image[2], image[3], image[10]],
    keeps: ({ image }) => !asked("state") || image[1] === asked("state"),
    orders: { "": (a, b) => (b.date ?? "").localeCompare(a.date ?? "") },
    group: () => "",
    className: "tiles",
    draw: ({ page, title, image }, index) => {
      const [number, state, url, alt, small, , width, height, color, , code] = image;
      const words = `${alt || title}, ${state}`;
      const inner = small ? picture(small, words, width, height, color) : make("span", { className: "none" }, code ?? state);
      const link = make("a", { href: `${plan.up}${page}#picture-${number}`, className: small ? "" : "void", title: url, data: { index } }, inner);
      const mark = badge(state, state === "archived" ? "✓" : state);
      if (small) {
        mark.setAttribute("aria-hidden", "true");
      }
      return make("li", { className: "tile" }, link, mark);
    },
    nothing: ["No images yet", "image-archiver archive SOURCE fills this page."],
  };
  const missing = {
    noun: "gap",
    rows: ([page, title, found]) => found.map((image) => ({ page, title, image })),
    text: ({ title, image }) => [title, image[2], image[3], image[4]],
    keeps: ({ image }) => !asked("state") || image[3] === asked("state"),
    orders: {},
    group: () => "",
    className: "rows",
    draw: ({ page, title, image }) => {
      const [number, state, url, code, detail, next] = image;
      const why = make("p", {}, badge(state, code || state), detail);
      const place = number === null ? "" : `#picture-${number}`;
      const where = make("p", { className: "soft" }, "in ", make("a", { href: `${plan.up}${page}${place}`, dir: "auto" }, title));
      if (next) {
        where.append(`; asked for again after ${moment(next)}`);
      }
      return make("li", { className: "row" }, url ? make("p", { className: "url" }, url) : null, why, where);
    },
    nothing: plan.whole
      ? ["Nothing is missing", "Every image of every post is archived, or left out on purpose."]
      : ["No image that was found is missing", "What is not known is said above."],
  };
  const alike = {
    noun: "group",
    rows: (row) => [row],
    text: (row) => row.flatMap(([member]) => [member[1]]),
    keeps: () => true,
    orders: { "": (a, b) => b.length - a.length },
    group: () => "",
    className: "rows",
    draw: (row) => {
      const kin = row.map(([[page, title, src, width, height, facts], places]) => {
        const more = places > 1 ? make("span", {}, `in ${plural(places, "place")}`) : null;
        const words = make("span", { className: "title", dir: "auto" }, title);
        return make("li", {}, make("a", { href: plan.up + page }, picture(src, "", width, height), words), make("span", {}), make("span", {}, facts), more);
      });
      return make("li", { className: "row" }, make("ul", { className: "kin" }, ...kin));
    },
    nothing: ["No look-alikes", "No two different files show nearly the same picture."],
  };
  const kind = { posts, images, missing, alike }[plan.kind];

  let rows = [];
  let view = [];
  let drawn = 0;
  let group = null;
  let target = null;

  const draw = () => {
    const end = Math.min(drawn + AT_ONCE, view.length);
    for (; drawn < end; drawn += 1) {
      const name = kind.group(view[drawn]);
      if (name !== group || target === null) {
        if (name) {
          list.append(make("h2", { className: "group", dir: "auto" }, name));
        }
        group = name;
        target = make("ul", { className: kind.className });
        list.append(target);
      }
      target.append(kind.draw(view[drawn], drawn));
    }
    more.hidden = drawn >= view.length;
  };

  const tell = () => {
    const left = plan.shards.length - parts.size;
    const whole = search.value.trim() || controls.some((control) => control.id !== "order" && control.value) ? ` of ${rows.length.toLocaleString("en")}` : "";
    status.textContent = `${plural(view.length, kind.noun)}${whole}${left ? `; reading ${left} more of ${plan.shards.length} parts …` : ""}`;
  };

  const empty = () => {
    const [title, words] = rows.length ? ["Nothing found", "No entry has these words and this choice."] : kind.nothing;
    return make("p", { className: "empty" }, make("strong", {}, title), words);
  };

  const refresh = (keep) => {
    const words = search.value.split(/\s+/u).map(spellings).filter((word) => word.length);
    const found = rows.filter((row) => {
      if (!kind.keeps(row)) {
        return false;
      }
      if (words.length && row.folded === undefined) {
        row.folded = folded(kind.text(row));
      }
      return words.every((word) => word.some((spelling) => row.folded.includes(spelling)));
    });
    const order = kind.orders[asked("order")];
    const former = view;
    view = order ? found.sort(order) : found;
    if (keep && drawn && former.slice(0, drawn).every((row, index) => row === view[index])) {
      more.hidden = drawn >= view.length;
      tell();
      document.body.dataset.ready = parts.size === plan.shards.length ? "all" : "some";
      return;
    }
    const wanted = keep ? drawn : 0;
    drawn = 0;
    group = null;
    target = null;
    list.replaceChildren();
    do {
      draw();
    } while (drawn < wanted && drawn < view.length);
    if (!view.length && parts.size === plan.shards.length) {
      list.append(empty());
    }
    tell();
    document.body.dataset.ready = parts.size === plan.shards.length ? "all" : "some";
  };

  const remember = () => {
    const values = new URLSearchParams();
    for (const control of [search, ...controls]) {
      if (control.value) {
        values.set(control.id, control.value);
      }
    }
    try {
      history.replaceState(null, "", `#${values}`);
    } catch {
      /* Some browsers let no page from a disk do this; then nothing is remembered. */
    }
  };
  const recall = () => {
    const values = new URLSearchParams(location.hash.slice(1));
    for (const control of [search, ...controls]) {
      control.value = values.get(control.id) ?? "";
    }
  };

  /* The newest come first: what is shown of the first part stays where it is. */
  globalThis.gallery = {
    take(name, found) {
      parts.set(name, found.flatMap(kind.rows));
      const ordered = plan.shards.map((shard) => parts.get(shard));
      const known = ordered.indexOf(undefined);
      const all = known < 0;
      if (all || rows.length === 0) {
        rows = (all ? ordered : ordered.slice(0, known)).flat();
        if (rows.length || all) {
          refresh(true);
        }
      }
      tell();
    },
  };
  const waiting = [...plan.shards];
  const load = () => {
    const name = waiting.shift();
    if (name !== undefined) {
      const script = make("script", { src: `${plan.data}${name}.js` });
      script.addEventListener("load", load);
      script.addEventListener("error", () => {
        gallery.take(name, []);
        load();
      });
      document.body.append(script);
    }
  };

  let pending = 0;
  const later = () => {
    clearTimeout(pending);
    pending = setTimeout(() => {
      remember();
      refresh(false);
    }, 80);
  };
  search.addEventListener("input", later);
  for (const control of controls) {
    control.addEventListener("change", later);
  }
  more.firstElementChild.addEventListener("click", draw);
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting) && !more.hidden) {
      draw();
    }
  }, { rootMargin: "1200px" }).observe(more);

  if (kind === images) {
    const item = (index) => {
      const { page, title, image } = view[index];
      const [number, state, url, alt, , full, width, height, , facts, code] = image;
      return {
        full: full && plan.up + full, width, height, alt: alt || title, facts: [state, facts].filter(Boolean).join("  ·  "), url,
        none: `Not here: ${code ?? state}`, href: `${plan.up}${page}#picture-${number}`, link: `In the post “${title}”`,
      };
    };
    list.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-index]");
      if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        lightbox.open(view.length, item, Number(link.dataset.index), link);
      }
    });
  }

  /* Arrows go from one entry to the next as the eye sees them, "/" searches, Esc clears. */
  const entries = () => [...list.querySelectorAll("li > a, .row a")];
  const columns = (links) => {
    const top = links[0]?.getBoundingClientRect().top;
    const count = links.findIndex((link) => link.getBoundingClientRect().top > top + 4);
    return count < 1 ? 1 : count;
  };
  const typing = (element) => element instanceof HTMLInputElement || element instanceof HTMLSelectElement;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) {
      return;
    }
    const here = document.activeElement;
    if (event.key === "/" && !typing(here)) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && here === search) {
      search.value = "";
      later();
    } else if (event.key.startsWith("Arrow") && here?.tagName !== "SELECT") {
      const links = entries();
      const at = links.indexOf(here);
      const across = columns(links);
      const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across };
      if (here === search ? event.key === "ArrowDown" : at >= 0) {
        event.preventDefault();
        const next = at < 0 ? 0 : at + steps[event.key];
        (next < 0 ? search : links[Math.min(next, links.length - 1)])?.focus();
      }
    }
  });

  recall();
  if (plan.shards.length) {
    for (let line = 0; line < 4; line += 1) {
      load();
    }
  } else {
    refresh(false);
  }
})();
