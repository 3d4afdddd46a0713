using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Tasks.Contracts;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Tasks.Features.Worklist;

/// <summary>Everything that waits for me. For everybody: what nobody gave a right to does not show.</summary>
[SignedIn]
internal sealed class WorklistPage(TimeProvider time, IContactDirectory contacts) : PageBase
{
    /// <summary>Key of one source; null for all.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Kind { get; set; }

    public IReadOnlyList<WorklistKind> Kinds { get; private set; } = [];

    public IReadOnlyList<(WorklistGroup Group, IReadOnlyList<WorklistItem> Items)> Groups { get; private set; } = [];

    public IReadOnlyDictionary<Guid, ContactCard> Contacts { get; private set; } = new Dictionary<Guid, ContactCard>();

    public DateTimeOffset Now { get; } = time.GetUtcNow();

    public int Open => Kinds.Sum(k => k.Open);

    public async Task OnGetAsync(CancellationToken ct)
    {
        var worklist = await Mediator.Send(new LoadWorklistQuery(Kind), ct);
        Kinds = worklist.Kinds;
        Groups = [.. worklist.Items.GroupBy(i => WorklistGroups.Of(i.DueAt, Now, Dates)).OrderBy(g => g.Key).Select(g => (g.Key, (IReadOnlyList<WorklistItem>)[.. g]))];
        Contacts = await contacts.CardsAsync([.. worklist.Items.Select(i => i.ContactId).OfType<Guid>().Distinct()], ct);
    }

    public string Title(WorklistGroup group) => group switch
    {
        WorklistGroup.Late => T["Late"],
        WorklistGroup.Today => T["Today"],
        WorklistGroup.ThisWeek => T["This week"],
        WorklistGroup.Later => T["Later"],
        _ => T["Some day"],
    };

    public string Link(string? kind) => kind is null ? "/worklist" : "/worklist?kind=" + Uri.EscapeDataString(kind);
}
