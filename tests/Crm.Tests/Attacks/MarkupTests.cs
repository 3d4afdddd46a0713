using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.BaseDataSettings;
using Crm.Contacts.Features.FollowUps;
using Crm.Contacts.Features.LogCommunication;
using Crm.Messaging.Domain;
using Crm.Messaging.Features.EditTemplate;
using Crm.Messaging.Features.WriteMessage;
using Crm.Platform.Features.AddUser;
using Crm.Platform.Features.BranchList;
using Crm.Platform.Features.EditRole;
using Crm.Platform.Features.Tokens;
using Crm.Routines.Features.Forms;
using Crm.Testing;
using Crm.Tests.Contacts;
using Crm.Tests.Routines;
using Crm.Tests.Tasks;

namespace Crm.Tests.Attacks;

/// <summary>Attack 4: what people write stays text. Every payload goes into every kind of record, then every page that shows one is read as a browser would read it.</summary>
public sealed partial class MarkupTests(RouteApp app) : IClassFixture<RouteApp>
{
    /// <summary>Each would run <c>xss…</c> where it is put into a page as it is: as an element, out of an attribute, out of a script, a text area, a title or a comment, as an address, after decoding twice.</summary>
    private static readonly string[] s_payloads =
    [
        "<script>xss(1)</script>", "<img src=x onerror=xss(2)>", "<svg/onload=xss(3)>", "\" onmouseover=\"xss(4)", "' onfocus='xss(5)' autofocus='", "</script><script>xss(6)</script>", "</textarea><script>xss(7)</script>",
        "</title><svg onload=xss(8)>", "--><script>xss(9)</script>", "javascript:xss(10)", "<iframe srcdoc='<script>xss(11)</script>'>", "&#60;script&#62;xss(12)&#60;/script&#62;", "&lt;img src=x onerror=xss(13)&gt;",
        "<a href=\"javascript:xss(14)\">x</a>", "\\u003cscript\\u003exss(15)\\u003c/script\\u003e", "<math><mtext></form><form><mglyph><style></math><img src onerror=xss(16)>", "<body onload=xss(17)>", "@(xss18)@Html.Raw(\"<b>xss(18)</b>\")",
        "<video><source onerror=xss(31)></video>", "<object data=javascript:xss(32)>", "<embed src=javascript:xss(33)>", "<form action=javascript:xss(34)><input type=submit>", "<input autofocus onfocus=xss(35)>", "<marquee onstart=xss(36)>x</marquee>",
        "<meta http-equiv=refresh content=\"0;url=javascript:xss(37)\">", "<base href=\"javascript:xss(38)//\">", "<link rel=stylesheet href=/xss39>", "<isindex formaction=javascript:xss(40) type=image>", "x\" style=\"background:url(/xss41)", "<svg><animate onbegin=xss(42) attributeName=x dur=1s>",
        "<img src=`x` onerror=xss(43)>", "<ScRiPt\n>xss(44)</ScRiPt\n>", "<noscript><p title=\"</noscript><img src=x onerror=xss(45)>\">", "<template><script>xss(46)</script></template>",
        "<details open ontoggle=xss(19)>", "</select><img src=x onerror=xss(20)>", "{{constructor.constructor('xss(21)')()}}", "\" hx-get=\"/xss22\" hx-trigger=\"load", "\u202e<ScRiPt>xss(23)</sCrIpT>", "<style>@import '/xss24'</style>",
    ];

    [Fact]
    public async Task Nothing_that_people_write_anywhere_becomes_markup_on_any_page()
    {
        var contacts = new List<Guid>();
        var addresses = new HashSet<string>(StringComparer.Ordinal);
        var kind = Given.Value(BaseLists.CommunicationKind);
        var admin = await app.UserIdAsync("admin");
        for (var i = 0; i < s_payloads.Length; i++)
        {
            var p = s_payloads[i];
            var contact = await Given.PersonAsync(app, p, p, by: "admin", more: c => c with { Notes = p, Addresses = [new() { Purpose = AddressPurpose.Work, District = p, Text = p }] });
            contacts.Add(contact);
            var communication = await app.SendAsync(new LogCommunicationCommand { ContactId = contact, KindId = kind, Text = p, Questions = p, NextStep = p, StartedAt = app.Clock.GetUtcNow() }, "admin");
            var followUp = await app.SendAsync(new PlanFollowUpCommand { ContactId = contact, KindId = kind, DueAt = app.Clock.GetUtcNow().AddHours(1), AssigneeId = admin, Text = p }, "admin");
            var task = await app.TaskAsync(p, "admin", ["admin"], contact: contact);
            var message = await app.SendAsync(new SaveMessageCommand { Channel = MessageChannel.Email, Address = "x@example.com", Subject = p, Body = p }, "admin");
            addresses.UnionWith([$"/contacts/{contact}", $"/contacts/{contact}/edit", $"/contacts/{contact}/communications/new", $"/communications/{communication}", $"/follow-ups/{followUp}", $"/tasks/{task}", $"/tasks/{task}/edit", $"/messages/{message}", $"/messages/new/{message}", $"/messages/wishes/{contact}"]);
            if (i % 6 == 0) continue;
            // Names of what everybody's lists show; fewer of them, since each list shows them all.
            var template = await app.SendAsync(new SaveTemplateCommand { Name = p, Body = p.Contains("{{", StringComparison.Ordinal) ? "xss" : p, Active = true }, "admin");
            var form = await app.SendAsync(new SaveFormCommand { Name = p, Description = p, Fields = [new() { Label = p, Help = p }] }, "admin");
            var role = await app.SendAsync(new SaveRoleCommand { Name = p.Length > 60 ? p[..60] : p, Description = p });
            addresses.UnionWith([$"/messages/templates/edit/{template}", $"/routines/forms/{form}", $"/settings/roles/{role}"]);
            await app.SendAsync(new AddUserCommand { UserName = "xss" + i, Name = p.Length > 60 ? p[..60] : p, Password = CrmApp.Password, RoleIds = [role] });
            await app.SendAsync(new CreateTokenCommand { Label = p.Length > 60 ? p[..60] : p }, "admin");
            await app.SendAsync(new SaveBranchCommand { Name = p.Length > 60 ? p[..60] : p, City = p.Length > 60 ? p[..60] : p });
            await app.SendAsync(new AddBaseDataCommand { List = BaseLists.Status, Title = p.Length > 60 ? p[..60] : p, EnglishTitle = p.Length > 60 ? p[..60] : p });
        }

        // What came since: custom fields with their titles, hints, choices and values; saved views; ready texts; units; heads, cells and names of files that are imported.
        for (var i = 0; i < s_payloads.Length; i++)
        {
            var p = s_payloads[i];
            string Short(int n) => p.Length > n ? p[..n] : p;
            if (i % 4 == 0) await app.SendAsync(new Crm.Platform.Features.EditField.SaveFieldCommand { Record = "contacts", Kind = Crm.Core.FieldType.Text, Title = Short(60), EnglishTitle = Short(60), Hint = Short(100), Section = Short(60), Key = "xss" + i, InList = true }, "admin");
            if (i % 4 == 1) await app.SendAsync(new Crm.Platform.Features.SavedViews.SaveViewCommand { Record = "contacts", Name = Short(60), Query = "q=" + Uri.EscapeDataString(p) }, "admin");
            if (i % 4 == 2) await app.SendAsync(new Crm.Platform.Features.Snippets.SaveSnippetCommand { Title = Short(60), Text = p }, "admin");
            if (i % 4 == 3) await app.SendAsync(new Crm.Platform.Features.Units.SaveUnitCommand { Name = Short(60) }, "admin");
        }

        await app.QueryAsync<int>("update contacts.contacts set custom = jsonb_build_object('xss0', @p) where id = any(@contacts) returning 1", new { p = s_payloads[1] + s_payloads[3], contacts });
        addresses.UnionWith(await ImportAsync(await app.As("admin")));
        addresses.UnionWith([$"/contacts/merge?a={contacts[0]}&b={contacts[1]}", "/contacts?panel=filter", "/contacts?panel=columns", "/contacts/duplicates", "/settings/fields?record=contacts", $"/contacts?q={Uri.EscapeDataString(s_payloads[1])}&panel=filter", $"/lists/contacts/views?query={Uri.EscapeDataString("q=" + s_payloads[1])}"]);

        // A drawing with payloads in its name, its boxes, their choices and its variables; a job of it, a stage of the job, a file and a note at the stage.
        var evil = s_payloads[1] + s_payloads[3] + s_payloads[5];
        var routine = await app.RoutineAsync(evil, [RoutinesApp.Stage(evil, ("outcomes", RoutinesApp.List("Done", s_payloads[1], s_payloads[3])), ("instructions", evil))]);
        var job = await app.StartAsync(routine, "admin", contacts[1]);
        var stage = (await app.OpenStagesAsync(job)).Single();
        var definition = (await app.QueryAsync<string>("select definition_id from routines.routine_definitions where id = @routine", new { routine })).Single();
        addresses.UnionWith([$"/jobs/{job}", $"/jobs/stages/{stage.Id}", $"/routines/{definition}", $"/routines/{definition}/bindings", $"/routines/{definition}/design", $"/jobs/new?routine={routine}"]);
        var browse = await app.As("admin");
        await UploadAsync(browse, "contacts.communication", (await app.QueryAsync<Guid>("select id from contacts.communications limit 1")).Single(), "\"><img src=x onerror=xss(30)>.pdf");
        await app.DrainAsync();

        foreach (var route in (await app.RoutesAsync()).Where(r => r is { IsPage: true, Method: "GET", Handler: null } && !r.Pattern.Contains('{', StringComparison.Ordinal) && r.Pattern != "/sign-out")) addresses.Add(route.Pattern);
        addresses.UnionWith(["/search?q=xss", "/search/suggest?q=xss", "/contacts?q=xss", "/contacts/lookup?q=xss", "/tasks/customers?q=xss", "/contacts?q=" + Uri.EscapeDataString(s_payloads[3] + s_payloads[1]), "/jobs?q=" + Uri.EscapeDataString(s_payloads[3] + s_payloads[1]), "/nothing" + Uri.EscapeDataString(s_payloads[1])]);
        var found = new List<string>();
        var shown = 0;
        foreach (var address in addresses)
        {
            await browse.OpenAsync(address);
            ((int)browse.Status).Should().BeLessThan(500, address);
            if (browse.Html.Contains("xss", StringComparison.Ordinal)) shown++;
            found.AddRange(Running(browse.Html).Select(f => $"{address}: {f}"));
            // Attack 6 from the other side: a form that has no token could not be sent at all.
            found.AddRange(Form().Matches(browse.Html).Where(f => !f.Value.Contains("__RequestVerificationToken", StringComparison.Ordinal)).Select(f => $"{address}: no token in {f.Value[..Math.Min(120, f.Value.Length)]}"));
        }

        found.Should().BeEmpty();
        shown.Should().BeGreaterThan(150, "the payloads are really shown, as text");
    }

    [Theory]
    [InlineData("<p><b onclick=\"xss(1)\">", true)]
    [InlineData("<p><img src=x onerror=xss(2)>", true)]
    [InlineData("<a href=\" javascript:xss(3)\">", true)]
    [InlineData("<script>xss(4)</script>", true)]
    [InlineData("<script type=\"application/json\">{\"a\":\"<script>xss(5)\"}</script>", true)]
    [InlineData("<xss6>", false)]
    [InlineData("<div hx-get=\"/xss22\">", true)]
    [InlineData("<input value=\"&quot; onclick=&quot;xss(7)\">", false)]
    [InlineData("<p>&lt;img src=x onerror=xss(8)&gt;</p>", false)]
    [InlineData("<script type=\"application/json\">{\"a\":\"\\u003Cscript\\u003Exss(9)\"}</script>", false)]
    public void The_reader_of_pages_knows_what_would_run(string html, bool runs) => Running(html).Any().Should().Be(runs);

    /// <summary>What a browser would run or fetch of the payloads: tags are read as the HTML standard reads them, attributes with their quotes.</summary>
    private static IEnumerable<string> Running(string html)
    {
        foreach (Match script in Script().Matches(html))
        {
            var body = script.Groups[2].Value;
            // Data for our scripts may hold the words, but no sign that ends or opens an element.
            if (body.Contains("xss", StringComparison.Ordinal) && (!script.Groups[1].Value.Contains("json", StringComparison.Ordinal) || body.Contains('<', StringComparison.Ordinal))) yield return "script " + body[..Math.Min(80, body.Length)];
        }

        foreach (Match tag in Tag().Matches(Script().Replace(html, "")))
        {
            foreach (Match attribute in Attribute().Matches(tag.Groups[2].Value))
            {
                var (name, value) = (attribute.Groups[1].Value.ToLowerInvariant(), WebUtility.HtmlDecode(attribute.Groups[2].Value.Trim('"', '\'')));
                if (!value.Contains("xss", StringComparison.Ordinal)) continue;
                var runs = name.StartsWith("on", StringComparison.Ordinal) || name.StartsWith("hx-on", StringComparison.Ordinal) || name is "srcdoc" or "style" or "formaction"
                    || (name is "href" or "src" or "action" or "data" && value.TrimStart().StartsWith("javascript", StringComparison.OrdinalIgnoreCase)) || (name.StartsWith("hx-", StringComparison.Ordinal) && value.StartsWith("/xss", StringComparison.Ordinal));
                if (runs) yield return tag.Value[..Math.Min(160, tag.Value.Length)];
            }

            if (tag.Groups[1].Value.Equals("style", StringComparison.OrdinalIgnoreCase) && html.AsSpan(tag.Index).Contains("@import '/xss", StringComparison.Ordinal) && html.Contains("<style>@import '/xss", StringComparison.OrdinalIgnoreCase)) yield return "style";
        }
    }

    /// <summary>A file whose name, heads and cells are payloads, mapped, run and with refused rows.</summary>
    private async Task<IReadOnlyList<string>> ImportAsync(Browse admin)
    {
        static string Cell(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        var csv = new System.Text.StringBuilder($"lastName,mobile,{Cell(s_payloads[0])},{Cell(s_payloads[1])}\r\n");
        for (var i = 0; i < s_payloads.Length; i++) csv.Append(System.Globalization.CultureInfo.InvariantCulture, $"{Cell(s_payloads[i])},{(i % 2 == 0 ? Cell(s_payloads[i]) : $"0912333{i:0000}")},{Cell(s_payloads[i])},{Cell(s_payloads[i])}\r\n");
        await admin.OpenAsync("/import/contacts");
        using var form = new MultipartFormDataContent
        {
            { new StringContent(Regex.Match(admin.Html, "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"").Groups[1].Value), "__RequestVerificationToken" },
            { new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(csv.ToString())), "Upload", "%22><img src=x onerror=xss(47)>.csv" },
        };
        using var answer = await admin.Client.PostAsync(new Uri("/import/contacts", UriKind.Relative), form);
        answer.StatusCode.Should().Be(HttpStatusCode.Redirect);
        var import = answer.Headers.Location!.ToString();
        await admin.OpenAsync(import);
        Running(admin.Html).Should().BeEmpty("the preview shows heads and cells as text");
        admin.Html.Should().Contain("xss(1)");
        await admin.PostAsync(import, [("Command.Start", "true"), ("Command.KeyField", ""), ("Command.Mode", "Create"), ("Command.Columns[0]", "lastName"), ("Command.Columns[1]", "mobile"), ("Command.Columns[2]", "notes"), ("Command.Columns[3]", "")]);
        admin.Location.Should().NotBeNull(admin.Text);
        return [import, "/import/contacts", "/work"];
    }

    private static async Task UploadAsync(Browse browse, string owner, Guid ownerId, string name)
    {
        await browse.OpenAsync("/profile");
        var token = Regex.Match(browse.Html, "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"").Groups[1].Value;
        using var form = new MultipartFormDataContent { { new StringContent(owner), "owner" }, { new StringContent(ownerId.ToString()), "ownerId" }, { new StringContent(token), "__RequestVerificationToken" } };
        var pdf = new ByteArrayContent("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"u8.ToArray());
        pdf.Headers.ContentType = new MediaTypeHeaderValue("application/pdf");
        form.Add(pdf, "file", name.Replace("\"", "%22", StringComparison.Ordinal));
        using var answer = await browse.Client.PostAsync(new Uri("/api/v1/files", UriKind.Relative), form);
        answer.StatusCode.Should().Be(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
    }

    [GeneratedRegex(@"<form\b[^>]*\smethod=""post"".*?</form>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Form();

    [GeneratedRegex(@"<script\b([^>]*)>(.*?)</script>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Script();

    [GeneratedRegex("""<([a-zA-Z][^\s/>]*)((?:[^>"']|"[^"]*"|'[^']*')*)>""", RegexOptions.Singleline)]
    private static partial Regex Tag();

    [GeneratedRegex("""([^\s"'>/=]+)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", RegexOptions.Singleline)]
    private static partial Regex Attribute();
}
