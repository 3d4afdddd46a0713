// The tree of groups by mouse. What the server refuses goes back to where it was; by keyboard each group has its menu.
const { post, toast, t } = window.crm;
for (const list of document.querySelectorAll('[data-tree]')) {
  window.Sortable.create(list, {
    group: 'groups', handle: '.tree-handle', animation: 120, fallbackOnBody: true, invertSwap: true, emptyInsertThreshold: 12,
    async onEnd({ item, from, to, oldIndex, newIndex }) {
      if (from === to && oldIndex === newIndex) return;
      const response = await post('/contacts/groups?handler=Move', { id: item.dataset.id, parent: to.dataset.tree, index: newIndex });
      if (response.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), 'text/html');
      toast('danger', page.querySelector('[data-error-summary]')?.textContent.trim() || t('The page could not be loaded. Try again.'));
      from.insertBefore(item, from.children[oldIndex + (from === to && oldIndex > newIndex ? 1 : 0)] ?? null);
    },
  });
}
for (const handle of document.querySelectorAll('.tree-handle')) handle.hidden = false;
