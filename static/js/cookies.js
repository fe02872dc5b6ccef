// Removes the cookies that the server cannot read, which are those with a character beyond ASCII, and loads the page again.
// A cookie that only servers may read stays: the page says what to do then.

const before = document.cookie;
const isUnreadable = (text) => /[^\x20-\x7e]/.test(text);

// A cookie is removed only with the path and the domain that it was set with.
const steps = location.pathname.split("/");
const paths = steps.flatMap((_, index) => {
  const path = steps.slice(0, index).join("/");
  return [path || "/", `${path}/`];
});
const labels = location.hostname.split(".");
const domains = ["", ...labels.map((_, index) => `; Domain=${labels.slice(index).join(".")}`)];

for (const cookie of before.split("; ").filter(isUnreadable)) {
  const name = cookie.includes("=") ? cookie.slice(0, cookie.indexOf("=")) : "";
  for (const path of new Set([...paths, location.pathname])) {
    for (const domain of domains) document.cookie = `${name}=; Max-Age=0; Path=${path}${domain}`;
  }
}

// Not for ever: only if there is one less, and none is left.
if (before !== document.cookie && !isUnreadable(document.cookie)) location.reload();
