"use strict";
// The pages' Content-Security-Policy takes styles from files only, and scripts from files only.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
// What a script of ours puts into a style attribute goes the way that the policy allows scripts.
const setAttribute = Element.prototype.setAttribute;
Element.prototype.setAttribute = function (name, value) {
  if (name.toLowerCase() === "style" && this.style) this.style.cssText = value;
  else setAttribute.call(this, name, value);
};
