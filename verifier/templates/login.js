// Asks how the login stands, and moves on when this page is no longer the one to show. Who has no scripts has a link.
"use strict";
(() => {
  const SOONEST = 3_000;
  const LATEST = 60_000;
  const PATIENCE = 10_000;
  const page = document.querySelector("[data-standing]");
  const status = page.querySelector("[role=status]");
  let pause = SOONEST;

  // What is said again is not announced again.
  const say = (words) => {
    if (status.textContent !== words) status.textContent = words;
  };
  // Whether there is no more to ask.
  const look = async () => {
    const answer = await fetch(page.dataset.status, {
      headers: { accept: "application/json" },
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    });
    const isGone = answer.status === 400 || answer.status === 404;
    if (!answer.ok && !isGone) throw new Error("no answer now");
    const login = isGone ? {} : await answer.json();
    if (login.standing !== page.dataset.standing) {
      say("One moment.");
      location.replace(page.dataset.status);
      return true;
    }
    say(login.words);
    return false;
  };
  const lookAgain = async () => {
    try {
      if (await look()) return;
      pause = SOONEST;
    } catch {
      say("This page cannot be reached now. It tries again.");
      pause = Math.min(2 * pause, LATEST);
    }
    setTimeout(lookAgain, pause);
  };
  setTimeout(lookAgain, pause);
})();
