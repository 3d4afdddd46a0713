using Crm.Contacts.Data;
using Crm.Core;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace Crm.Contacts.Features.ManageGroups;

/// <summary>The tree of groups, managed in place: by mouse, or by the menu of each group.</summary>
[Requires(ContactsPermissions.ManageGroups)]
internal sealed class ManageGroupsPage(BaseDataCache baseData) : PageBase
{
    public const string Home = "/contacts/groups";

    /// <summary>The group whose form is open.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid? Edit { get; set; }

    /// <summary>The group that a new one is to lie in.</summary>
    [BindProperty(SupportsGet = true)]
    public Guid? Under { get; set; }

    [BindProperty]
    public AddGroupCommand Command { get; set; } = new();

    [BindProperty]
    public EditGroupCommand Changed { get; set; } = new();

    [BindProperty]
    public MergeGroupCommand Merged { get; set; } = new();

    public GroupTree Tree { get; private set; } = new([]);

    public GroupNode? Edited => Tree.Find(Edit);

    /// <summary>Where the edited group could lie, or what it could become one with: every group but it and what lies in it.</summary>
    public IEnumerable<SelectListItem> Others
    {
        get
        {
            var own = Edit is { } id ? Tree.Under(id) : [];
            return Tree.InOrder().Where(p => !own.Contains(p.Group.Id)).Select(p => new SelectListItem(Tree.Path(p.Group.Id), p.Group.Id.ToString()));
        }
    }

    public IEnumerable<SelectListItem> All => Tree.InOrder().Select(p => new SelectListItem(Tree.Path(p.Group.Id), p.Group.Id.ToString()));

    public async Task OnGetAsync()
    {
        await LoadAsync();
        Command = new() { ParentId = Under };
        if (Edited is { } g) Changed = Of(g);
    }

    public Task<IActionResult> OnPostAddAsync()
    {
        Only(nameof(Command));
        Command = Command with { OnlyNew = true };
        return Send(Command, then: _ =>
        {
            Toast("Group added.");
            return Redirect(Home);
        });
    }

    public Task<IActionResult> OnPostEditAsync()
    {
        Only(nameof(Changed));
        Edit = Changed.Id;
        return Send(Changed, then: () =>
        {
            Toast("Group saved.");
            return Redirect(Home);
        });
    }

    public Task<IActionResult> OnPostMergeAsync()
    {
        Only(nameof(Merged));
        Edit = Merged.Id;
        return Send(Merged, then: () =>
        {
            Toast("The two groups are one now.");
            return Redirect(Home);
        });
    }

    /// <summary>By the mouse or the form: to a place under another group.</summary>
    public Task<IActionResult> OnPostMoveAsync(Guid id, Guid? parent, int? index)
    {
        ModelState.Clear();
        return Send(new MoveGroupCommand(id, parent, index), then: () => Request.Headers.Accept.ToString().Contains("application/json", StringComparison.Ordinal) ? new NoContentResult() : Saved(id));
    }

    /// <summary>By the menu: one place up or down.</summary>
    public async Task<IActionResult> OnPostStepAsync(Guid id, bool down)
    {
        ModelState.Clear();
        await LoadAsync();
        if (Tree.Find(id) is not { } group) throw new NotFound("group", id);
        var beside = Tree.Children(group.ParentId).ToList();
        var to = Math.Clamp(beside.FindIndex(g => g.Id == group.Id) + (down ? 1 : -1), 0, beside.Count - 1);
        return await Send(new MoveGroupCommand(group.Id, group.ParentId, to), then: () => Redirect(Home + "#g" + group.Id));
    }

    /// <summary>By the menu: away, or back into the drop-downs.</summary>
    public async Task<IActionResult> OnPostKeepAsync(Guid id, bool active)
    {
        ModelState.Clear();
        await LoadAsync();
        if (Tree.Find(id) is not { } group) throw new NotFound("group", id);
        return await Send(Of(group) with { Active = active }, then: () => Saved(group.Id));
    }

    private RedirectResult Saved(Guid id)
    {
        Toast("Group saved.");
        return Redirect(Home + "#g" + id);
    }

    protected override async Task LoadAsync()
    {
        Tree = (await baseData.GetAsync(HttpContext.RequestAborted)).Groups;
        if (Edit is not null && Edited is null) throw new NotFound("group", Edit);
    }

    protected override async Task<object?> LoadNewerAsync()
    {
        await LoadAsync();
        return Edited is { } g ? Of(g) : null;
    }

    private static EditGroupCommand Of(GroupNode g) => new() { Id = g.Id, Version = g.Version, Title = g.Persian, EnglishTitle = g.English, Active = g.Active };
}
