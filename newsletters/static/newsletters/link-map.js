// Gives the drawn letter all the height it needs, so that it is seen, and printed, whole.
(() => {
    const fit = (frame) => {
        const page = frame.contentDocument;
        if (page && page.body) frame.style.height = `${Math.ceil(page.body.getBoundingClientRect().bottom) + 24}px`;
    };
    for (const frame of document.querySelectorAll("[data-link-map]")) {
        frame.addEventListener("load", () => fit(frame));
        window.addEventListener("resize", () => fit(frame));
        window.addEventListener("beforeprint", () => fit(frame));
        fit(frame);
    }
})();
