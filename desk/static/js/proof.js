/* Proof of work for suspicious visitors: the widget, its workers and its Japanese words, all from this origin.
   A page that asks for it loads this module and places <altcha-widget>; see components/proof.html. */
import "../vendor/altcha-3.2.2/altcha.min.js";
import "../vendor/altcha-3.2.2/ja.js";

const worker = (name) => () => new Worker(new URL(`../vendor/altcha-3.2.2/workers/${name}.js`, import.meta.url));

for (const bits of ["256", "384", "512"]) {
  globalThis.$altcha.algorithms.set(`PBKDF2/SHA-${bits}`, worker("pbkdf2"));
  globalThis.$altcha.algorithms.set(`SHA-${bits}`, worker("sha"));
}

/* Only the sum is wanted: how a person moves the pointer or types is not collected, and nothing leads off the page. */
globalThis.$altcha.defaults.set({ hideFooter: true, hideLogo: true, humanInteractionSignature: false });
