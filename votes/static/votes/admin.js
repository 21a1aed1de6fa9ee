"use strict";
// One box chooses every vote of the page; without it each is chosen by itself.
{
    const all = document.querySelector("[data-choose-all]");
    const boxes = document.querySelectorAll("input[name=vote]");
    const agree = () => { all.checked = [...boxes].every((box) => box.checked); };
    all.addEventListener("change", () => boxes.forEach((box) => { box.checked = all.checked; }));
    boxes.forEach((box) => box.addEventListener("change", agree));
    agree();
}
