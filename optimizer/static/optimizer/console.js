// Copy buttons, and what htmx panels say when the server does not answer.
(function () {
  "use strict";

  function copyWithoutClipboard(text) {
    // Outside HTTPS and localhost a browser has no clipboard for scripts.
    const area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied ? Promise.resolve() : Promise.reject(new Error("copying was refused"));
  }

  function copy(text) {
    if (navigator.clipboard && window.isSecureContext) {
      return navigator.clipboard.writeText(text).catch(() => copyWithoutClipboard(text));
    }
    return copyWithoutClipboard(text);
  }

  function showCopied(button) {
    const icon = button.innerHTML;
    button.textContent = button.dataset.copied;
    button.setAttribute("data-done", "");
    window.setTimeout(() => {
      button.innerHTML = icon;
      button.removeAttribute("data-done");
    }, 1500);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button || button.hasAttribute("data-done")) {
      return;
    }
    const code = button.closest(".opt-code").querySelector("code");
    copy(code.textContent).then(
      () => showCopied(button),
      () => {
        // Selected, the text is one key away.
        window.getSelection().selectAllChildren(code);
      },
    );
  });

  function showFailure(event, key) {
    const panel = event.target.closest("[data-panel]");
    if (!panel) {
      return;
    }
    const failure = panel.querySelector("[data-failure]");
    failure.querySelector("[data-reason]").textContent = failure.dataset[key];
    failure.hidden = false;
    panel.querySelector("[data-working]").hidden = true;
  }

  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    showFailure(event, status === 401 || status === 403 ? "session" : "server");
  });
  document.addEventListener("htmx:sendError", (event) => showFailure(event, "network"));
  document.addEventListener("htmx:timeout", (event) => showFailure(event, "timeout"));

  // A link to a suggestion leads to a place that does not exist before its panel has come.
  document.addEventListener("htmx:afterSettle", () => {
    const place = window.location.hash && document.getElementById(window.location.hash.slice(1));
    if (place && place.matches("[data-suggestion]")) {
      place.scrollIntoView();
    }
  });
})();
