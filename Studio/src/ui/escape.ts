/**
 * A field with a list under it takes the first Escape for the list, so that the dialog around it stays. Where the list has
 * nothing to show there is none to close, and the key would do nothing that anybody sees: it is the dialog's then.
 */
window.addEventListener(
  'keydown',
  (event) => {
    const { target } = event;
    if (event.key !== 'Escape' || !(target instanceof HTMLElement)) return;
    if (target.getAttribute(mark) === 'true' && !hasListInSight(target)) target.removeAttribute(mark);
  },
  // Dialogs listen here too, and later: none is open before this script has run.
  { capture: true },
);

const mark = 'data-mantine-stop-propagation';

function hasListInSight(field: HTMLElement): boolean {
  const list = field.getAttribute('aria-controls');
  if (list == null) return field.closest('[role="menu"]') != null;
  return (document.getElementById(list)?.getClientRects().length ?? 0) > 0;
}
