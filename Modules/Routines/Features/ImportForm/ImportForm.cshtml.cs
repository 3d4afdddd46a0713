using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Features.Forms;
using Crm.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Features.ImportForm;

[Requires(RoutinesPermissions.Forms)]
internal sealed class ImportFormPage(RoutinesDb db) : PageBase
{
    private const int Most = 1_000_000;

    [BindProperty]
    public IFormFile? Upload { get; set; }

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (Upload is null or { Length: 0 or > Most }) return Refuse(Upload is { Length: > Most } ? "This form is too big." : "Choose a file.");
        JsonObject? json;
        try
        {
            await using var content = Upload.OpenReadStream();
            json = await JsonNode.ParseAsync(content, cancellationToken: HttpContext.RequestAborted) as JsonObject;
        }
        catch (JsonException)
        {
            json = null;
        }

        if (json?["design"] is null || json["name"] is not JsonValue given || !given.TryGetValue(out string? name) || string.IsNullOrWhiteSpace(name)) return Refuse("This is no form that was exported here.");
        name = name.Length > 180 ? name[..180] : name;
        // A form of this name is here already: the new one stands beside it.
        var taken = (await db.Forms.Where(f => f.Name.StartsWith(name)).Select(f => f.Name).ToListAsync(HttpContext.RequestAborted)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var free = name;
        for (var n = 2; taken.Contains(free); n++) free = $"{name} ({n})";
        var command = new SaveFormCommand { Name = free, Description = json["description"]?.ToString(), ForCustomers = json["forCustomers"]?.GetValueKind() == JsonValueKind.True, Design = json["design"]!.ToJsonString(), Publish = false };
        return await Send(command, then: id =>
        {
            Toast("Form imported as a draft.");
            return Redirect($"/routines/forms/{id}");
        });
    }

    private IActionResult Refuse(string says)
    {
        ModelState.AddModelError(nameof(Upload), T[says]);
        Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        return Page();
    }
}
