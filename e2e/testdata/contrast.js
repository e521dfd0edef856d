// Measures the contrast of every text that is shown, as WCAG 2 reckons it.
(() => {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parse = (color) => { // [red, green, blue, alpha]
    probe.clearRect(0, 0, 1, 1);
    probe.fillStyle = color;
    probe.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = probe.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const luminance = ([r, g, b]) => {
    const linear = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  };
  const ratio = (a, b) => {
    const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  // behind is the nearest ground of an element that is not transparent.
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = parse(getComputedStyle(e).backgroundColor);
      if (color[3] === 1) return color;
      if (color[3] > 0) throw new Error("half transparent: " + e.outerHTML.slice(0, 100));
    }
    return [255, 255, 255, 1];
  };
  // drawnBehind is the last box of a drawing before a text that holds its middle.
  const drawnBehind = (text) => {
    const t = text.getBoundingClientRect(), x = t.x + t.width / 2, y = t.y + t.height / 2;
    let found = null;
    for (const box of text.ownerSVGElement.querySelectorAll("rect")) {
      const b = box.getBoundingClientRect();
      const before = box.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING;
      if (before && b.left <= x && x <= b.right && b.top <= y && y <= b.bottom) found = box;
    }
    return found ? parse(getComputedStyle(found).fill) : behind(text.ownerSVGElement.parentElement);
  };
  const result = { texts: 0, worst: 21, poor: [], dark: luminance(behind(document.body)) < 0.2 };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility() || element.closest("script, style, title, .hint")) continue;
    const drawn = element instanceof SVGTextElement, style = getComputedStyle(element);
    const measured = ratio(parse(drawn ? style.fill : style.color), drawn ? drawnBehind(element) : behind(element));
    result.texts++;
    result.worst = Math.min(result.worst, measured);
    if (measured < 4.5) result.poor.push(measured.toFixed(2) + " " + (element.getAttribute("class") || element.tagName) + ": " + node.data.trim().slice(0, 60));
  }
  return result;
})()
