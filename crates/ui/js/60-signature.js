// A signature drawn with a finger. The typed name below it stays, and is enough without script.
import { enhance } from "./00-core.js";

enhance("[data-signature]", (holder) => {
  const pad = holder.querySelector("canvas");
  const value = holder.querySelector("[data-signature-value]");
  const clear = holder.querySelector("[data-signature-clear]");
  const pen = pad.getContext("2d");
  if (!pen) return;
  let drawing = false;

  pad.hidden = clear.hidden = false;
  pad.setAttribute("role", "img");
  pad.setAttribute("aria-label", "Signature pad. The name typed below is enough if you cannot draw.");
  pen.lineWidth = 4;
  pen.lineCap = pen.lineJoin = "round";
  pen.strokeStyle = "#15211e";

  const place = (event) => {
    const box = pad.getBoundingClientRect();
    return [(event.clientX - box.left) * pad.width / box.width, (event.clientY - box.top) * pad.height / box.height];
  };
  pad.addEventListener("pointerdown", (event) => {
    drawing = true;
    pad.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...place(event));
  });
  pad.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    pen.lineTo(...place(event));
    pen.stroke();
  });
  const end = () => {
    if (!drawing) return;
    drawing = false;
    value.value = pad.toDataURL("image/png");
    value.dispatchEvent(new Event("input", { bubbles: true }));
  };
  pad.addEventListener("pointerup", end);
  pad.addEventListener("pointercancel", end);
  clear.addEventListener("click", () => {
    pen.clearRect(0, 0, pad.width, pad.height);
    value.value = "";
  });
});
