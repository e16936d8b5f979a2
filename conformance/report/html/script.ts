/** The page's own script: a filter, and links that open what they lead to. Without it everything can still be read. */

export const SCRIPT = `
(() => {
  const words = document.getElementById('words');
  const found = document.getElementById('found');
  const rows = [...document.querySelectorAll('.requirements tbody tr')];
  const buttons = [...document.querySelectorAll('.filter button')];
  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const verdicts = new Set(buttons.filter((b) => b.getAttribute('aria-pressed') === 'true').map((b) => b.dataset.verdict));
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const show = verdicts.has(row.dataset.verdict) && wanted.every((word) => text.includes(word));
      row.hidden = !show;
      if (show) count++;
    }
    found.textContent = (count === rows.length ? '' : count + ' of ') + rows.length + ' requirements';
  };
  words.addEventListener('input', filter);
  words.form.addEventListener('submit', (event) => event.preventDefault());
  for (const button of buttons) {
    button.addEventListener('click', () => {
      button.setAttribute('aria-pressed', String(button.getAttribute('aria-pressed') !== 'true'));
      filter();
    });
  }
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target === null) return;
    for (let at = target; at !== null; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true;
    target.scrollIntoView();
  };
  addEventListener('hashchange', reveal);
  reveal();
})();
`;
