// The send page's list of organisations: typing shows those whose name holds what is typed, in whatever region.
// Without this script the regions are opened one by one.
for (const field of document.querySelectorAll('[data-organisations]')) {
  const box = field.querySelector('.tp-organisations__search');
  const input = box.querySelector('input');
  const told = box.querySelector('[aria-live]');
  const regions = [...field.querySelectorAll('details')];
  // Which regions stood open before the search, to be put back when it is emptied.
  let openBefore = null;
  box.hidden = false;

  const show = (region, wanted) => {
    let number = 0;
    for (const row of region.querySelectorAll('li')) {
      row.hidden = !row.textContent.toLocaleLowerCase('nb').includes(wanted);
      if (!row.hidden) number += 1;
    }
    region.hidden = number === 0;
    return number;
  };

  input.addEventListener('input', () => {
    const wanted = input.value.trim().toLocaleLowerCase('nb');
    if (wanted && !openBefore) openBefore = new Set(regions.filter((region) => region.open));
    let number = 0;
    for (const region of regions) {
      number += show(region, wanted);
      if (wanted) region.open = !region.hidden;
      else if (openBefore) region.open = openBefore.has(region) || region.querySelector(':checked') !== null;
    }
    if (!wanted) openBefore = null;
    told.textContent = wanted ? `${number} ${number === 1 ? told.dataset.one : told.dataset.several}` : '';
  });

  // Enter ends the search; it must not send the form.
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') event.preventDefault();
  });
}
