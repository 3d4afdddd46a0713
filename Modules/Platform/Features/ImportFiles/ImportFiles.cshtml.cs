using Crm.Core;
using Crm.Platform.Data;
using Crm.Platform.Importing;
using Crm.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Platform.Features.ImportFiles;

/// <summary>Uploads a file that brings records in, and lists those that were brought in before. Who may is said by the records.</summary>
[SignedIn]
[RequestSizeLimit(MaxRequest)]
[RequestFormLimits(MultipartBodyLengthLimit = MaxRequest)]
internal sealed class ImportFilesPage(PlatformDb db, ImportFolder folder, IEnumerable<IImportTarget> targets) : PageBase
{
    // The least that stands before a setting can be asked: Crm:Import:MaxSize may be smaller, not bigger.
    private const long MaxRequest = 600L * 1024 * 1024;

    [BindProperty(SupportsGet = true)]
    public string Kind { get; set; } = "";

    [BindProperty]
    public IFormFile? Upload { get; set; }

    public IImportTarget Target { get; private set; } = null!;

    public IReadOnlyList<Row> Rows { get; private set; } = [];

    public long MaxMegabytes => folder.MaxSize / 1024 / 1024;

    public Task OnGetAsync() => LoadAsync();

    public async Task<IActionResult> OnPostAsync()
    {
        var ct = HttpContext.RequestAborted;
        Target = ImportTargets.Find(targets, Kind, Me);
        if (Upload is null or { Length: 0 }) ModelState.AddModelError(nameof(Upload), T["Choose a file that is not empty."]);
        else if (Upload.Length > folder.MaxSize) ModelState.AddModelError(nameof(Upload), T["A file may have at most {0} MB.", MaxMegabytes]);
        var id = Guid.CreateVersion7();
        if (ModelState.IsValid)
        {
            try
            {
                await using var content = Upload!.OpenReadStream();
                await folder.StoreAsync(id, content, ct);
            }
            catch (RuleBroken e)
            {
                ModelState.AddModelError(nameof(Upload), e.Localized);
            }
        }

        var name = Path.GetFileName((Upload?.FileName ?? "").Replace('\\', '/'));
        var answer = await Send(new AddImportCommand(id, Kind, PersianText.Clean(name) ?? "file", Upload?.Length ?? 0), then: _ => Redirect($"/import/{Kind}/{id}"));
        if (!ModelState.IsValid) folder.Forget(id);
        return answer;
    }

    protected override async Task LoadAsync()
    {
        Target = ImportTargets.Find(targets, Kind, Me);
        var me = Me.Id;
        Rows = await db.Imports.AsNoTracking().Where(i => i.UserId == me && i.Target == Kind).OrderByDescending(i => i.Id).Take(20)
            .Select(i => new Row(i.Id, i.FileName, i.CreatedAt, i.RunId != null, i.UndoId != null, i.Added, i.Changed, i.Refused)).ToListAsync(HttpContext.RequestAborted);
    }

    internal sealed record Row(Guid Id, string FileName, DateTimeOffset At, bool Begun, bool Undone, long Added, long Changed, long Refused);
}
