export const $ = (selector, root = document) => root.querySelector(selector);
