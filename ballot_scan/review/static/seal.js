// The decisions file: written so that its digest can be computed again elsewhere (keys sorted, no spaces, UTF-8).
function canonical(value) {
  if (Array.isArray(value)) return "[" + value.map(canonical).join(",") + "]";
  if (value && typeof value === "object") {
    const keys = Object.keys(value).sort();
    return "{" + keys.map((k) => JSON.stringify(k) + ":" + canonical(value[k])).join(",") + "}";
  }
  return JSON.stringify(value);
}

function sealed(content) {
  const whole = Object.assign({}, content, { digest: sha256(canonical(content)) });
  return JSON.stringify(whole, null, 1) + "\n";
}

// Text as it may stand in the file: composed letters, no control characters, no half characters.
function clean(text) {
  const plain = text.normalize("NFC").replace(/\r\n?/g, "\n").replace(/[^\P{C}\n]/gu, " ");
  return plain.trim();
}

// A name for a file: lower case, ASCII.
function slug(name) {
  const plain = name.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40) || "member";
}
