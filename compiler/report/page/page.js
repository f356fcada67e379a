"use strict";
(() => {
  const tip = document.getElementById("tip");
  const texts = new WeakMap();
  let current = null;
  let reached = null;
  for (const figure of document.querySelectorAll("figure")) {
    // where both pictures have the same marks, those of the wide one alone have titles
    const wide = [...figure.querySelectorAll(".wide .m")];
    [...wide, ...figure.querySelectorAll(".narrow .m")].forEach((mark, i) => {
      const title = mark.querySelector("title");
      texts.set(mark, title ? title.textContent : texts.get(wide[i - wide.length]));
      if (title) title.remove();
    });
  }
  const hide = () => {
    if (current) current.classList.remove("on");
    current = null;
    tip.hidden = true;
  };
  const show = (mark, x, y) => {
    if (current !== mark) {
      hide();
      current = reached = mark;
      mark.classList.add("on");
      tip.textContent = texts.get(mark);
      tip.hidden = false;
    }
    const box = tip.getBoundingClientRect();
    const right = document.documentElement.clientWidth - box.width - 8;
    const below = y + 18 + box.height < innerHeight;
    tip.style.left = Math.max(8, Math.min(x + 12, right)) + "px";
    tip.style.top = Math.max(8, below ? y + 18 : y - box.height - 12) + "px";
  };
  const middle = (mark) => {
    const box = mark.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const point = (event) => {
    const mark = event.target.closest ? event.target.closest("svg .m") : null;
    if (mark) show(mark, event.clientX, event.clientY);
    else if (event.type !== "pointermove" || event.pointerType === "mouse") hide();
  };
  addEventListener("pointermove", point);
  addEventListener("pointerdown", point);
  addEventListener("scroll", hide, { passive: true });
  // arrows lead to the nearest mark in their direction, farther aside counts double
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const neighbour = (marks, from, way) => {
    const [x, y] = middle(from);
    let best = null;
    let least = Infinity;
    for (const mark of marks) {
      const [a, b] = middle(mark);
      const ahead = (a - x) * way[0] + (b - y) * way[1];
      const aside = Math.abs((a - x) * way[1]) + Math.abs((b - y) * way[0]);
      const far = ahead + 2 * aside;
      if (mark !== from && ahead > 0.5 && far < least) {
        best = mark;
        least = far;
      }
    }
    return best;
  };
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
    const svg = document.activeElement;
    if (!(svg instanceof SVGSVGElement)) return;
    const marks = [...svg.querySelectorAll(".m")];
    let mark = null;
    if (event.key === "Home") mark = marks[0];
    else if (event.key === "End") mark = marks[marks.length - 1];
    else if (ways[event.key]) {
      mark = svg.contains(reached) ? neighbour(marks, reached, ways[event.key]) || reached : marks[0];
    }
    if (!mark) return;
    event.preventDefault();
    const [x, y] = middle(mark);
    show(mark, x, y);
  });
  addEventListener("focusout", hide);
  // paper has the sources of figures, whatever is folded on the screen
  for (const [when, open] of [["beforeprint", true], ["afterprint", false]]) {
    addEventListener(when, () => {
      hide();
      for (const part of document.querySelectorAll(".provenance")) part.open = open;
    });
  }
})();
