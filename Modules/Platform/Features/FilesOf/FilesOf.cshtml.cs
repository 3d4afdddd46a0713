using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Files;
using Crm.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Crm.Platform.Features.FilesOf;

/// <summary>
/// Files of any record, as a panel of its page: <c>&lt;panel title="Files" icon="paperclip" src="/files/of/contacts.contact/{id}" /&gt;</c>. The module that owns the record says who
/// sees and who changes it (<see cref="IFileOwner"/>).
/// </summary>
[SignedIn]
internal sealed class FilesOfPage(IFileStore files, FileThumbnails thumbnails, IEnumerable<IFileOwner> owners) : PageBase
{
    private const int MostAtOnce = 20;

    [BindProperty(SupportsGet = true)]
    public string Owner { get; set; } = "";

    [BindProperty(SupportsGet = true)]
    public Guid OwnerId { get; set; }

    [BindProperty]
    public List<IFormFile> Files { get; set; } = [];

    public IReadOnlyList<StoredFile> Rows { get; private set; } = [];

    public IReadOnlySet<Guid> WithPicture { get; private set; } = new HashSet<Guid>();

    public bool MayChange { get; private set; }

    public string Here => $"/files/of/{Owner}/{OwnerId}";

    public string SizeOf(long bytes) => bytes < 1024 * 1024 ? T["{0} KB", Math.Max(1, bytes / 1024)] : T["{0} MB", bytes / 1024 / 1024];

    public async Task OnGetAsync() => await LoadAsync();

    public async Task<IActionResult> OnPostAsync()
    {
        var owner = await AllowAsync(change: true);
        if (Files.Count == 0) ModelState.AddModelError(nameof(Files), T["Choose a file."]);
        if (Files.Count > MostAtOnce) ModelState.AddModelError(nameof(Files), T["At most {0} files at once.", MostAtOnce]);
        foreach (var file in ModelState.IsValid ? Files : [])
        {
            try
            {
                await using var content = file.OpenReadStream();
                await files.SaveAsync(Owner, OwnerId, owner.Permission, file.FileName, content, HttpContext.RequestAborted);
            }
            catch (InvalidInput e)
            {
                // The others are taken all the same.
                foreach (var (_, message, args) in e.Fields) ModelState.AddModelError(nameof(Files), $"{file.FileName}: {Core.Texts.Get(message, args)}");
            }
            catch (RuleBroken e)
            {
                ModelState.AddModelError(nameof(Files), e.Localized);
                break;
            }
        }

        return await AnswerAsync();
    }

    public async Task<IActionResult> OnPostDeleteAsync(Guid file)
    {
        IActionResult? answer = null;
        var sent = await Send(new DeleteFileCommand(Owner, OwnerId, file), then: () => answer = new OkResult());
        return answer is null ? sent : await AnswerAsync();
    }

    protected override async Task LoadAsync()
    {
        await AllowAsync(change: false);
        Rows = [.. (await files.OfAsync(Owner, [OwnerId], HttpContext.RequestAborted))[OwnerId]];
        WithPicture = await thumbnails.HavingAsync([.. Rows.Select(r => r.Id)], HttpContext.RequestAborted);
    }

    private async Task<IActionResult> AnswerAsync()
    {
        await LoadAsync();
        if (!ModelState.IsValid) Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        else if (!Htmx.WantsFragment(Request)) return Redirect(Here);
        return Page();
    }

    private async Task<IFileOwner> AllowAsync(bool change)
    {
        var owner = owners.FirstOrDefault(o => o.Owner == Owner) ?? throw new NotFound(Owner, OwnerId);
        if (!Me.Can(owner.Permission) || !await owner.MaySeeAsync(OwnerId, HttpContext.RequestAborted)) throw new NotFound(Owner, OwnerId);
        MayChange = Me.Can(owner.ChangePermission);
        if (change && !MayChange) throw new Forbidden(owner.ChangePermission);
        return owner;
    }
}
