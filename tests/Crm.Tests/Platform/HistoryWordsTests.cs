using System.Text.RegularExpressions;
using Crm.Platform.Data;
using Crm.Platform.Features.AuditLog;
using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Platform;

/// <summary>The history of a whole company, read as people read it.</summary>
public sealed partial class HistoryWordsTests(DemoApp app) : IClassFixture<DemoApp>
{
    [Fact]
    public async Task No_kind_of_record_shows_an_id_a_key_or_JSON_in_its_history()
    {
        var kinds = await app.InScopeAsync(sp => AuditQuery.KindsAsync(sp.GetRequiredService<PlatformDb>(), default), "admin");
        kinds.Should().HaveCountGreaterThan(25);
        var ids = (await app.QueryAsync<string>("select distinct right(v #>> '{}', 8) from platform.audit a, jsonb_each(a.changes) e(k, p), jsonb_array_elements(p) v where v #>> '{}' ~ '^[0-9a-f]{8}-[0-9a-f]{4}-'")).Where(i => i.Any(char.IsAsciiLetter)).ToHashSet();
        var admin = await app.As("admin");
        List<string> found = [];
        foreach (var kind in kinds)
        {
            var told = Rows().Match((await admin.OpenAsync($"/settings/audit?kind={kind}")).Html).Value;
            var text = System.Net.WebUtility.HtmlDecode(Tags().Replace(told, " "));
            found.AddRange(Raw().Matches(text).Select(m => $"{kind}: {m.Value}"));
            found.AddRange(Tails().Matches(text).Where(m => ids.Contains(m.Value)).Select(m => $"{kind}: {m.Value}"));
        }

        found.Should().BeEmpty();
    }

    [Theory]
    [InlineData("routines.FilledForm", "تعداد توقف", "stops")]
    [InlineData("routines.Form", "شرح خرابی", "sections")]
    [InlineData("messaging.OutgoingMessage", "کانال", "No gateway is set up")]
    [InlineData("messaging.OutgoingMessage", "گیرنده", "request:")]
    [InlineData("platform.Setting", "شرکت ما", "messaging.company")]
    [InlineData("routines.RoutineVersion", "خدمات پس از فروش", "after-sales-service-v1")]
    public async Task What_is_kept_as_a_key_is_told_in_the_words_of_its_page(string kind, string words, string key) =>
        (await (await app.As("admin")).OpenAsync($"/settings/audit?kind={kind}")).Text.Should().Contain(words).And.NotContain(key);

    [Theory]
    [InlineData("routines.StageItem", "select title from routines.jobs")]
    [InlineData("tasks.WorkTask", "select title from tasks.work_tasks")]
    [InlineData("messaging.MessageTemplate", "select name from messaging.templates")]
    [InlineData("contacts.SupplierScore", "select name from contacts.contacts where kind = 'Company'")]
    [InlineData("contacts.ContactPhone", "select name from contacts.contacts")]
    public async Task A_line_says_which_record_it_is_about(string kind, string names)
    {
        var page = await (await app.As("admin")).OpenAsync($"/settings/audit?kind={kind}");
        var called = (await app.QueryAsync<string>(names)).ToHashSet();
        Names().Matches(page.Html).Select(m => System.Net.WebUtility.HtmlDecode(m.Groups[1].Value)).Should().NotBeEmpty().And.OnlyContain(n => called.Contains(n));
    }

    [GeneratedRegex("<tbody>.*</tbody>", RegexOptions.Singleline)]
    private static partial Regex Rows();

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Tags();

    [GeneratedRegex("[{\\[]\\s*\"|\"\\s*:|[0-9a-f]{8}-[0-9a-f]{4}-")]
    private static partial Regex Raw();

    [GeneratedRegex("\\b[0-9a-f]{8}\\b")]
    private static partial Regex Tails();

    [GeneratedRegex("<small class=\"text-secondary\"><bdi>([^<]+)</bdi></small></div></td>")]
    private static partial Regex Names();
}
