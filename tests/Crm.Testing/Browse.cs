using System.Net;
using System.Text.RegularExpressions;

namespace Crm.Testing;

/// <summary>A browser without scripts: opens pages, fills and posts their forms.</summary>
public sealed partial class Browse(HttpClient client)
{
    /// <summary>The client beneath, for API calls.</summary>
    public HttpClient Client { get; } = client;

    /// <summary>Status of the last answer.</summary>
    public HttpStatusCode Status { get; private set; }

    /// <summary>Where the last answer redirected to; null when it did not.</summary>
    public string? Location { get; private set; }

    /// <summary>HTML of the last answer.</summary>
    public string Html { get; private set; } = "";

    /// <summary>Text of the last answer without tags, entities decoded, white space folded.</summary>
    public string Text => WebUtility.HtmlDecode(Spaces().Replace(Tags().Replace(ScriptsAndStyles().Replace(Html, " "), " "), " ")).Trim();

    /// <summary>Opens a page.</summary>
    public async Task<Browse> OpenAsync(string url) => await TakeAsync(await Client.GetAsync(new Uri(url, UriKind.RelativeOrAbsolute)));

    /// <summary>Fills a form of the page and posts it: hidden fields and what stands in it go along, given fields win.</summary>
    /// <param name="url">Page with the form.</param>
    /// <param name="fields">Names and values; null leaves a field out.</param>
    /// <param name="action">Part of the form's action, when the page has several.</param>
    public async Task<Browse> PostAsync(string url, IEnumerable<(string Name, string? Value)> fields, string? action = null)
    {
        await OpenAsync(url);
        if (Status != HttpStatusCode.OK) throw new InvalidOperationException($"{url} answered {(int)Status} {Location}: {Text[..Math.Min(400, Text.Length)]}");
        return await SubmitAsync(url, fields, action);
    }

    /// <summary>Posts a form of the page that is open.</summary>
    public async Task<Browse> SubmitAsync(string url, IEnumerable<(string Name, string? Value)> fields, string? action = null)
    {
        var given = fields.ToList();
        // A page has several forms (the shell's, one per row, the one in question): the one that knows most of the given fields is meant.
        var form = Forms().Matches(Html).Select(m => m.Value)
            .Where(f => f.Contains("method=\"post\"", StringComparison.OrdinalIgnoreCase) && !f.Contains("id=\"shell-form\"", StringComparison.Ordinal) && (action is null || f.Contains(action, StringComparison.Ordinal)))
            .OrderByDescending(f => given.Count(g => f.Contains($"name=\"{WebUtility.HtmlEncode(g.Name)}\"", StringComparison.Ordinal)))
            .FirstOrDefault()
            ?? throw new InvalidOperationException($"{url} has no form{(action is null ? "" : " to " + action)}.");
        var target = ActionAttribute().Match(form) is { Success: true } a ? WebUtility.HtmlDecode(a.Groups[1].Value) : url;
        // «?handler=…» means the same page.
        if (target.StartsWith('?')) target = url.Split('?')[0] + target;
        var body = FieldsOf(form).Where(f => given.TrueForAll(g => g.Name != f.Name)).Concat(given.Where(g => g.Value is not null).Select(g => (g.Name, g.Value!)));
        using var content = new FormUrlEncodedContent(body.Select(f => KeyValuePair.Create(f.Item1, f.Item2)));
        return await TakeAsync(await Client.PostAsync(new Uri(target.Length == 0 ? url : target, UriKind.RelativeOrAbsolute), content));
    }

    /// <summary>Posts what a script or a form with files would send; the token of the page that is open goes along.</summary>
    public async Task<Browse> SendAsync(string url, MultipartFormDataContent content)
    {
        content.Add(new StringContent(Token().Match(Html).Groups[1].Value), "__RequestVerificationToken");
        return await TakeAsync(await Client.PostAsync(new Uri(url, UriKind.RelativeOrAbsolute), content));
    }

    /// <summary>Signs in by the real form.</summary>
    public async Task SignInAsync(string userName, string password)
    {
        await PostAsync("/sign-in", [("Command.UserName", userName), ("Command.Password", password)]);
        if (Location is null) throw new InvalidOperationException($"{userName} could not sign in: {Status} {Text}");
    }

    private async Task<Browse> TakeAsync(HttpResponseMessage response)
    {
        Status = response.StatusCode;
        Location = response.Headers.Location?.ToString();
        Html = await response.Content.ReadAsStringAsync();
        response.Dispose();
        return this;
    }

    private static IEnumerable<(string Name, string)> FieldsOf(string form)
    {
        foreach (var input in Inputs().Matches(form).Select(m => m.Value))
        {
            var type = Attribute(input, "type") ?? "text";
            if (Attribute(input, "name") is not { Length: > 0 } name || type is "submit" or "button" or "file" or "image") continue;
            if (type is "checkbox" or "radio" && !Regex.IsMatch(input, @"\schecked")) continue;
            yield return (name, Attribute(input, "value") ?? (type is "checkbox" ? "on" : ""));
        }

        foreach (Match area in TextAreas().Matches(form))
        {
            if (Attribute(area.Value, "name") is { Length: > 0 } name) yield return (name, WebUtility.HtmlDecode(area.Groups[1].Value.TrimStart('\r', '\n')));
        }

        foreach (Match select in Selects().Matches(form))
        {
            if (Attribute(select.Value, "name") is not { Length: > 0 } name) continue;
            foreach (Match option in Options().Matches(select.Groups[1].Value))
            {
                if (Regex.IsMatch(option.Groups[1].Value, @"\sselected")) yield return (name, Attribute("<o " + option.Groups[1].Value + ">", "value") ?? WebUtility.HtmlDecode(option.Groups[2].Value));
            }
        }
    }

    private static string? Attribute(string tag, string name) =>
        Regex.Match(tag, $@"^<[^>]*?\s{name}=(?:""([^""]*)""|'([^']*)')", RegexOptions.Singleline) is { Success: true } m ? WebUtility.HtmlDecode(m.Groups[1].Success ? m.Groups[1].Value : m.Groups[2].Value) : null;

    [GeneratedRegex("<form\\b.*?</form>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Forms();

    [GeneratedRegex("^<form[^>]*\\saction=\"([^\"]*)\"", RegexOptions.Singleline)]
    private static partial Regex ActionAttribute();

    [GeneratedRegex("<input\\b[^>]*>", RegexOptions.Singleline)]
    private static partial Regex Inputs();

    [GeneratedRegex("<textarea\\b[^>]*>(.*?)</textarea>", RegexOptions.Singleline)]
    private static partial Regex TextAreas();

    [GeneratedRegex("<select\\b[^>]*>(.*?)</select>", RegexOptions.Singleline)]
    private static partial Regex Selects();

    [GeneratedRegex("<option\\b([^>]*)>(.*?)</option>", RegexOptions.Singleline)]
    private static partial Regex Options();

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Tags();

    [GeneratedRegex("<(script|style)\\b.*?</\\1>", RegexOptions.Singleline)]
    private static partial Regex ScriptsAndStyles();

    [GeneratedRegex("name=\"__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex Token();

    [GeneratedRegex("\\s+")]
    private static partial Regex Spaces();
}
