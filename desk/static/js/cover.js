/* Parts of a picture are marked by drawing on it; the numbers of the form beside it follow, and it follows the numbers. */
const SIDES = ["left", "top", "width", "height"];

function round(value) {
  return Math.min(100, Math.max(0, Math.round(value * 10) / 10));
}

function cover(frame) {
  const form = document.getElementById("cover-form");
  const rows = [...form.querySelectorAll(".cover-row")].map((row) => [...row.querySelectorAll("input")]);
  const marks = rows.map(() => frame.appendChild(Object.assign(document.createElement("div"), { className: "document__mark" })));

  function show() {
    rows.forEach((inputs, at) => {
      const values = inputs.map((input) => Number.parseFloat(input.value));
      marks[at].hidden = values.some(Number.isNaN);
      SIDES.forEach((side, number) => { marks[at].style[side] = `${values[number]}%`; });
    });
  }

  function place(event) {
    const area = frame.getBoundingClientRect();
    return [100 * (event.clientX - area.left) / area.width, 100 * (event.clientY - area.top) / area.height].map(round);
  }

  let drawn = null;
  frame.addEventListener("pointerdown", (event) => {
    const row = rows.find((inputs) => inputs.every((input) => input.value === ""));
    if (!row || event.button !== 0) return;
    event.preventDefault();
    frame.setPointerCapture(event.pointerId);
    drawn = { row, from: place(event) };
  });
  frame.addEventListener("pointermove", (event) => {
    if (!drawn) return;
    const [x, y] = place(event);
    const [fromX, fromY] = drawn.from;
    const values = [Math.min(x, fromX), Math.min(y, fromY), Math.abs(x - fromX), Math.abs(y - fromY)];
    values.forEach((value, at) => { drawn.row[at].value = round(value); });
    show();
  });
  const end = () => { drawn = null; };
  frame.addEventListener("pointerup", end);
  frame.addEventListener("pointercancel", end);
  form.addEventListener("input", show);
  show();
}

for (const frame of document.querySelectorAll('[data-module~="cover"]')) cover(frame);
