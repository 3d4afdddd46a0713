using Crm.ArchitectureTests.Kit;
using System.Net;
using Crm.ArchitectureTests.Pages;
using Crm.Testing;

namespace Crm.ArchitectureTests.Rules;

/// <summary>
/// 15. Every page without parameters answers: 200 to the administrator in both languages, 403 or the way to the sign-in to who may not; nothing of Razor is left raw; a list
/// asks the database as often for fifty rows as for one.
/// </summary>
[Collection("app")]
public sealed class Rule15_Smoke(SmokeApp app)
{
    // Sign-out and the like are no pages to look at; a page with a hole in its address needs a record.
    private static readonly string[] s_pages = [.. Rule08_Routes.Views().Where(v => v.IsPage && v.Route is not null && !v.Route.Contains('{', StringComparison.Ordinal)).Select(v => "/" + v.Route!.TrimStart('/')).Order(StringComparer.Ordinal)];

    [Fact]
    public void There_are_pages() => s_pages.Should().HaveCountGreaterThan(10).And.Contain("/worklist");

    [Theory]
    [InlineData("fa")]
    [InlineData("en")]
    public async Task Every_page_answers_the_administrator(string language)
    {
        var admin = await app.As("admin", language);
        // The language of who is signed in is a setting of his, not of his browser.
        (await admin.Client.PostAsync(new Uri("/language", UriKind.Relative), new FormUrlEncodedContent([new("language", language), new("__RequestVerificationToken", await TokenAsync(admin))]))).Dispose();
        var problems = new List<string>();
        foreach (var page in s_pages)
        {
            await admin.OpenAsync(page);
            if (Problem(page, admin.Status, admin.Location, admin.Html, language) is { } problem) problems.Add(problem);
        }

        problems.NoneFound();
        Crm.Core.Texts.Missing.Should().BeEmpty("these texts were asked for in Persian and are not there");
    }

    [Fact]
    public async Task Who_has_no_right_sees_only_what_is_everybodys()
    {
        var guest = await app.As(Personas.Guest);
        var open = PagesByMark.Everybodys();
        var problems = new List<string>();
        foreach (var page in s_pages)
        {
            await guest.OpenAsync(page);
            var expected = open.Contains(page) ? guest.Status is HttpStatusCode.OK or HttpStatusCode.Redirect : guest.Status is HttpStatusCode.Forbidden;
            if (!expected) problems.Add($"{page}: {(int)guest.Status} {guest.Location}");
        }

        problems.NoneFound();
    }

    [Fact]
    public async Task Who_is_not_signed_in_is_led_to_the_sign_in()
    {
        var nobody = app.Anonymous();
        var open = PagesByMark.Publics();
        var problems = new List<string>();
        foreach (var page in s_pages)
        {
            await nobody.OpenAsync(page);
            var expected = open.Contains(page) ? nobody.Status is HttpStatusCode.OK or HttpStatusCode.Redirect : nobody.Status == HttpStatusCode.Redirect && nobody.Location!.Contains("/sign-in", StringComparison.Ordinal);
            if (!expected) problems.Add($"{page}: {(int)nobody.Status} {nobody.Location}");
        }

        problems.NoneFound();
    }

    [Fact]
    public async Task Lists_ask_the_database_as_often_for_many_rows_as_for_few()
    {
        await using var few = new FewRows();
        await few.InitializeAsync();
        var (manyAdmin, fewAdmin) = (await app.As("admin"), await few.As("admin"));
        var problems = new List<string>();
        foreach (var page in s_pages)
        {
            // Once to warm caches of both, then counted.
            await manyAdmin.OpenAsync(page);
            await fewAdmin.OpenAsync(page);
            var many = await app.CountAsync(() => manyAdmin.OpenAsync(page));
            var less = await app.CountAsync(() => fewAdmin.OpenAsync(page));
            // What is not there need not be looked up: a handful of lookups may fall away, one a row may not come.
            if (many > less + 6) problems.Add($"{page}: {many} commands with the demo data, {less} without");
        }

        await ((IAsyncLifetime)few).DisposeAsync();
        problems.NoneFound();
    }

    [Fact]
    public void It_bites()
    {
        Problem("/x", HttpStatusCode.InternalServerError, null, "", "fa").Should().NotBeNull();
        Problem("/x", HttpStatusCode.OK, null, "<html lang=\"fa\" dir=\"rtl\"><input asp-for=\"Name\">", "fa").Should().Contain("asp-");
        Problem("/x", HttpStatusCode.OK, null, "<html lang=\"fa\" dir=\"rtl\"><field for=\"Command.Name\" />", "fa").Should().Contain("<field");
        Problem("/x", HttpStatusCode.OK, null, "<html lang=\"en\" dir=\"ltr\">", "fa").Should().Contain("language");
        Problem("/x", HttpStatusCode.OK, null, "<html lang=\"fa\" dir=\"rtl\"><input name=\"a\">", "fa").Should().BeNull();
    }

    private static string? Problem(string page, HttpStatusCode status, string? location, string html, string language)
    {
        // A page may lead on (/ to the worklist), but not to an error or the sign-in.
        if (status == HttpStatusCode.Redirect && location is not null && !location.Contains("sign-in", StringComparison.Ordinal)) return null;
        if (status != HttpStatusCode.OK) return $"{page}: {(int)status} {location}";
        if (System.Text.RegularExpressions.Regex.Match(html, @"<[^>]*\s(asp-[a-z-]+)=") is { Success: true } raw) return $"{page}: raw {raw.Groups[1].Value}";
        if (System.Text.RegularExpressions.Regex.Match(html, "<(field|panel|empty-state|pager|confirm-button|lookup|badge|moment|day|money|phone|digits|icon|avatar|partial)[\\s/>]") is { Success: true } tag) return $"{page}: raw {tag.Value}";
        if (html.Contains("<html", StringComparison.Ordinal) && !html.Contains($"<html lang=\"{language}\"", StringComparison.Ordinal)) return $"{page}: not in the language {language}";
        return null;
    }

    private static async Task<string> TokenAsync(Browse browse)
    {
        await browse.OpenAsync("/worklist");
        return System.Text.RegularExpressions.Regex.Match(browse.Html, "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"").Groups[1].Value;
    }

    private sealed class FewRows : CrmApp;
}

/// <summary>Which pages are for everybody who is signed in, or for everybody, by what stands on their models.</summary>
internal static class PagesByMark
{
    public static IReadOnlySet<string> Everybodys() => Marked("SignedInAttribute").Union(Publics()).ToHashSet();

    public static IReadOnlySet<string> Publics() => Marked("PublicAttribute").ToHashSet();

    private static IEnumerable<string> Marked(string mark) => Kit.Solution.Assemblies.SelectMany(a => a.CustomAttributes.Where(c => c.AttributeType.Name == "RazorCompiledItemAttribute" && (string)c.ConstructorArguments[1].Value == "mvc.1.0.razor-page"))
        .Select(c => Kit.Il.ResolveType(c.ConstructorArguments[0].Value)).Where(t => Kit.Il.PageModelOf(t) is { } model && Kit.Il.Has(model, mark))
        .Select(t => t.CustomAttributes.Where(m => m.AttributeType.Name == "RazorCompiledItemMetadataAttribute" && (string)m.ConstructorArguments[0].Value == "RouteTemplate").Select(m => "/" + ((string)m.ConstructorArguments[1].Value).TrimStart('/')).FirstOrDefault()).OfType<string>();
}
