// «Print»: the browser's own dialog; the style sheets know what belongs on paper.
for (const button of document.querySelectorAll('[data-print]')) button.addEventListener('click', () => window.print());
