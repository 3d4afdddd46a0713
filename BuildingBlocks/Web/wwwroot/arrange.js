// Dragging the blocks of the dashboard. The arrows beside them do the same for the keyboard and without this script.
const { post, toast, t } = window.crm;
const script = document.createElement('script');
script.src = document.getElementById('arrange').dataset.sortable;
script.onload = () => {
  window.Sortable.create(document.getElementById('dash'), {
    animation: 150, handle: '.panel-head', filter: 'button', preventOnFilter: false, draggable: '.dash-block',
    async onEnd() {
      const body = new URLSearchParams([...document.querySelectorAll('[data-block]')].map(b => ['blocks', b.dataset.block]));
      const response = await post('/?handler=Arrange', body);
      if (!response.ok) toast('danger', t('The page could not be loaded. Try again.'));
    },
  });
};
document.head.append(script);
