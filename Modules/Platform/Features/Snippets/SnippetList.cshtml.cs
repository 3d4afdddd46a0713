using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.Snippets;

/// <summary>The texts one keeps and those that everybody may pick.</summary>
[SignedIn]
internal sealed class SnippetListPage(PlatformDb db, IUserDirectory users) : PageBase
{
    private const int Size = 50;

    [BindProperty(SupportsGet = true)]
    public string? Q { get; set; }

    [BindProperty(SupportsGet = true)]
    [Verbatim]
    public string? After { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Edit { get; set; }

    [BindProperty]
    public SaveSnippetCommand Command { get; set; } = new();

    public bool MayShare => Me.Can(PlatformPermissions.ShareSnippets);

    public IReadOnlyList<Row> Rows { get; private set; } = [];

    public string? Next { get; private set; }

    public int Total { get; private set; }

    public async Task OnGetAsync()
    {
        if (Edit is { } id) Command = await FormAsync(id);
        await LoadAsync();
    }

    public Task<IActionResult> OnPostAsync()
    {
        Command = Command with { Id = Edit };
        return Send(Command, then: _ =>
        {
            Toast("Text kept.");
            return Redirect("/snippets");
        });
    }

    /// <summary>From the field it was typed in; answers its id.</summary>
    public async Task<IActionResult> OnPostKeepAsync(string? title, [MultilineText] string? text, bool shared) =>
        new JsonResult(new { id = await Mediator.Send(new SaveSnippetCommand { Title = title ?? "", Text = text ?? "", Shared = shared }, HttpContext.RequestAborted) });

    public Task<IActionResult> OnPostDeleteAsync(Guid snippet)
    {
        ModelState.Clear();
        return Send(new DeleteSnippetCommand(snippet), then: () =>
        {
            Toast("Text deleted.");
            return Redirect("/snippets");
        });
    }

    protected override async Task LoadAsync()
    {
        var ct = HttpContext.RequestAborted;
        var found = await SnippetSearch.FindAsync(db, Me, Q, ct);
        Total = found.Count;
        var start = Guid.TryParse(After, out var after) ? found.FindIndex(s => s.Id == after) + 1 : 0;
        var page = found.Skip(start).Take(Size).ToList();
        Next = start + Size < found.Count && page.Count > 0 ? page[^1].Id.ToString() : null;
        var names = await users.CardsAsync([.. page.Select(s => s.OwnerId).Distinct()], ct);
        Rows = [.. page.Select(s => new Row(s.Id, s.Title, s.Text.Length > 160 ? s.Text[..160] + "…" : s.Text, s.Shared, names.GetValueOrDefault(s.OwnerId)?.Name, s.Shared ? MayShare : s.OwnerId == Me.Id))];
    }

    protected override async Task<object?> LoadNewerAsync() => Edit is { } id ? await FormAsync(id) : null;

    private async Task<SaveSnippetCommand> FormAsync(Guid id) => await db.Snippets.AsNoTracking().Where(s => s.Id == id && (s.Shared ? MayShare : s.OwnerId == Me.Id))
        .Select(s => new SaveSnippetCommand { Id = s.Id, Version = s.Version, Title = s.Title, Text = s.Text, Shared = s.Shared }).FirstOrDefaultAsync() ?? throw new NotFound("snippet", id);

    internal sealed record Row(Guid Id, string Title, string Text, bool Shared, string? Owner, bool MayChange);
}

internal sealed record FoundSnippet(Guid Id, Guid OwnerId, string Title, string Text, bool Shared);

internal static class SnippetSearch
{
    /// <summary>One's own first, then everybody's. A person keeps dozens, a company hundreds: read whole and folded here, so that every spelling of a Persian word is found.</summary>
    public static async Task<List<FoundSnippet>> FindAsync(PlatformDb db, ICurrentUser me, string? q, CancellationToken ct)
    {
        var words = PersianText.Fold(q).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var all = await db.Snippets.AsNoTracking().Where(s => s.Shared || s.OwnerId == me.Id).OrderBy(s => s.OwnerId != me.Id).ThenBy(s => s.Folded).ThenBy(s => s.Id)
            .Select(s => new FoundSnippet(s.Id, s.OwnerId, s.Title, s.Text, s.Shared)).ToListAsync(ct);
        if (words.Length == 0) return all;
        return [.. all.Select(s => (Snippet: s, Title: PersianText.Fold(s.Title), Text: PersianText.Fold(s.Text)))
            .Where(s => Array.TrueForAll(words, w => s.Title.Contains(w, StringComparison.Ordinal) || s.Text.Contains(w, StringComparison.Ordinal)))
            .OrderByDescending(s => Array.TrueForAll(words, w => s.Title.Contains(w, StringComparison.Ordinal))).Select(s => s.Snippet)];
    }
}
