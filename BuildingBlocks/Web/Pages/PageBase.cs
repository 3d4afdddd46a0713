using System.Runtime.CompilerServices;
using Crm.Core;
using FluentValidation;
using MediatR;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web;

/// <summary>Base of all pages: binds, sends, redirects; holds no rule.</summary>
public abstract class PageBase : PageModel
{
    private IMediator? _mediator;
    private ICurrentUser? _me;
    private DateView? _dates;

    /// <summary>Sends commands and queries.</summary>
    protected IMediator Mediator => _mediator ??= HttpContext.RequestServices.GetRequiredService<IMediator>();

    /// <summary>Texts.</summary>
    public Localizer T { get; } = Localizers.One;

    /// <summary>Who looks at the page.</summary>
    public ICurrentUser Me => _me ??= HttpContext.RequestServices.GetRequiredService<ICurrentUser>();

    /// <summary>How this user sees days and moments.</summary>
    public DateView Dates => _dates ??= HttpContext.RequestServices.GetRequiredService<DateView>();

    /// <summary>
    /// After a save that met a newer version: the command as the form would be filled if it were opened now. <c>&lt;field&gt;</c> shows its value
    /// beside what the user typed, so neither is lost. Null otherwise.
    /// </summary>
    public object? Newer { get; private set; }

    /// <summary>Loads what the page shows besides the form. Called by the page's own OnGet, and by <see cref="Send{TResult}"/> before the page is shown again.</summary>
    protected virtual Task LoadAsync() => Task.CompletedTask;

    /// <summary>
    /// The form's command filled from the record as it is now; called when a save met a newer version. A <c>Version</c> in it replaces the
    /// one in the form, so that saving again is a decision and not another collision. Null (the default) shows only the message.
    /// </summary>
    protected virtual Task<object?> LoadNewerAsync() => Task.FromResult<object?>(null);

    /// <summary>
    /// Sends the command and goes on; errors a person can do something about show the page again: 422 with messages beside the fields,
    /// 409 for a broken rule or a newer version. Missing rights and missing records travel on to the error pages.
    /// </summary>
    /// <param name="command">The bound command; the name of the property it stands in is the prefix of its fields.</param>
    /// <param name="then">Where to go, usually a redirect.</param>
    /// <param name="prefix">Filled by the compiler from <paramref name="command"/>.</param>
    protected async Task<IActionResult> Send<TResult>(ICommand<TResult> command, Func<TResult, IActionResult> then, [CallerArgumentExpression(nameof(command))] string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(then);
        await TakeFilesAsync(command, prefix);
        if (!ModelState.IsValid)
        {
            await AddRulesAsync(command, prefix);
            return await AgainAsync(StatusCodes.Status422UnprocessableEntity);
        }

        TResult result;
        try
        {
            result = await Mediator.Send(command, HttpContext.RequestAborted);
        }
        catch (InvalidInput e)
        {
            foreach (var (field, message, args) in e.Fields)
                ModelState.AddModelError(FieldName(prefix, field), T.Get(message, args));
            return await AgainAsync(StatusCodes.Status422UnprocessableEntity);
        }
        catch (RuleBroken e)
        {
            ModelState.AddModelError("", T.Get(e.Message, e.Args));
            return await AgainAsync(StatusCodes.Status409Conflict);
        }
        catch (StaleRecord e)
        {
            Newer = await LoadNewerAsync();
            ViewData[nameof(Newer)] = Newer;
            ModelState.AddModelError("", e.Localized);
            if (Newer is not null) ModelState.AddModelError("", T["What was saved meanwhile stands beside the fields. Save again to keep what you wrote."]);
            if (Newer?.GetType().GetProperty("Version")?.GetValue(Newer) is { } version)
                ModelState.SetModelValue(FieldName(prefix, "Version"), version, Convert.ToString(version, System.Globalization.CultureInfo.InvariantCulture));
            return await AgainAsync(StatusCodes.Status409Conflict);
        }

        return then(result);
    }

    /// <summary>Sends a command that answers nothing.</summary>
    protected Task<IActionResult> Send(ICommand command, Func<IActionResult> then, [CallerArgumentExpression(nameof(command))] string prefix = "") =>
        Send<Unit>(command, _ => then(), prefix);

    /// <summary>Leaves a line that the next page shows as a toast.</summary>
    /// <param name="text">English sentence (translation key).</param>
    /// <param name="args">Values for its placeholders.</param>
    protected void Toast(string text, params object?[] args) => new Flash("success", T.Get(text, args)).Leave(HttpContext);

    /// <summary>Tells on the next page that a record went to the recycle bin, with a button that brings it back.</summary>
    /// <param name="text">English sentence (translation key).</param>
    /// <param name="id">The record.</param>
    /// <param name="to">Its page, to go to when it is back.</param>
    protected void ToastDeleted(string text, Guid id, string to) => new Flash("success", T.Get(text), Undo: id, UndoTo: to).Leave(HttpContext);

    /// <summary>Puts the record among the user's recently opened ones. Costs the page nothing: it is told with the shell's own request.</summary>
    /// <param name="type">Kind of record: a translation key, for example <c>Person</c>.</param>
    /// <param name="id">Its id.</param>
    /// <param name="title">As shown in the bar.</param>
    /// <param name="url">Path of its page.</param>
    protected void MarkOpened(string type, Guid id, string title, string url) =>
        HttpContext.Items[typeof(OpenedRecord)] = new OpenedRecord(type, id, title, url);

    /// <summary>A page of several forms posts one: what the others would ask for is not missing. Keeps the state of what begins with a property's name; of nothing for an empty one.</summary>
    protected void Only(string property) => Forget(k => property.Length == 0 || !Belongs(k, property));

    /// <summary>The other way round: forgets the state of what begins with a property's name.</summary>
    protected void Ignore(string property) => Forget(k => Belongs(k, property));

    private void Forget(Func<string, bool> of)
    {
        foreach (var key in ModelState.Keys.Where(of).ToList()) ModelState.Remove(key);
    }

    private static bool Belongs(string key, string property) => key.StartsWith(property, StringComparison.Ordinal) && (key.Length == property.Length || key[property.Length] == '.');

    /// <summary>
    /// Some fields could not be read and have their message already. What the rules say of the others is told with it, so that nobody has to send a form twice to learn
    /// all that is wrong; rules of the whole form would judge what was not read and are left out.
    /// </summary>
    private async Task AddRulesAsync(object command, string prefix)
    {
        var type = command.GetType();
        foreach (var validator in HttpContext.RequestServices.GetServices(typeof(IValidator<>).MakeGenericType(type)).Cast<IValidator>())
        {
            var result = await validator.ValidateAsync((IValidationContext)Activator.CreateInstance(typeof(ValidationContext<>).MakeGenericType(type), command)!, HttpContext.RequestAborted);
            foreach (var error in result.Errors.Where(e => e.PropertyName.Length > 0))
            {
                var name = FieldName(prefix, error.PropertyName);
                if (!ModelState.TryGetValue(name, out var entry) || entry.Errors.Count == 0) ModelState.AddModelError(name, T.Get(error.ErrorMessage));
            }
        }
    }

    // Files of custom fields are kept before the command goes, which gets their ids; a form that comes back still has them.
    private async Task TakeFilesAsync(object command, string prefix)
    {
        if (!Request.HasFormContentType || Request.Form.Files.Count == 0 || command.GetType().GetProperty("Custom")?.GetValue(command) is not Dictionary<string, List<string?>> custom) return;
        var start = FieldName(prefix, "Custom[");
        var keeper = HttpContext.RequestServices.GetRequiredService<ICustomFileKeeper>();
        foreach (var file in Request.Form.Files.Where(f => f.Length > 0 && f.Name.StartsWith(start, StringComparison.Ordinal) && f.Name.EndsWith(']')))
        {
            var key = file.Name[start.Length..^1];
            try
            {
                await using var content = file.OpenReadStream();
                var kept = await keeper.KeepAsync(file.FileName, content, HttpContext.RequestAborted);
                (custom.TryGetValue(key, out var values) ? values : custom[key] = []).Add(kept.ToString());
                HttpContext.Items[file.Name] = kept;
            }
            catch (InvalidInput e)
            {
                ModelState.AddModelError(file.Name, T.Get(e.Fields[0].Message, e.Fields[0].Args));
            }
        }
    }

    private async Task<IActionResult> AgainAsync(int status)
    {
        await LoadAsync();
        Response.StatusCode = status;
        return Page();
    }

    private static string FieldName(string expression, string field)
    {
        // Send(Command, …) names the prefix of the form's fields; Send(new DeleteContactCommand(Id), …) has none.
        var prefix = expression.Length > 0 && expression.All(c => char.IsLetterOrDigit(c) || c is '_' or '.') ? expression : "";
        return field.Length == 0 ? "" : prefix.Length == 0 ? field : prefix + "." + field;
    }
}

internal static class Localizers
{
    public static readonly Localizer One = new();
}
