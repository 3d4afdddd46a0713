using System.Net.Http.Json;
using Crm.Platform;
using Crm.Testing;
using Crm.Web;

namespace Crm.Tests.Platform;

public sealed class SearchTests(PlatformApp app) : IClassFixture<PlatformApp>
{
    private async Task AddAsync(string type, string title, string text, string permission, Guid? branch = null) => await app.QueryAsync<int>(
        "insert into platform.search (id, type, title, subtitle, text, url, permission, branch_id, updated_at) values (@id, @type, @title, '', platform.fold_fa(@text), '/x/' || @id, @permission, @branch, now()) returning 1",
        new { id = Guid.CreateVersion7(), type, title, text, permission, branch });

    private async Task<IReadOnlyList<string>> FindAsync(string user, string q) =>
        [.. (await (await app.As(user)).Client.GetFromJsonAsync<List<SearchSuggestion>>("/search/suggest?q=" + Uri.EscapeDataString(q)))!.Select(s => s.Title)];

    [Theory]
    [InlineData("كريمي")]
    [InlineData("کریمی")]
    [InlineData("رضا کریمی")]
    [InlineData("کریمی رضا")]
    [InlineData("۰۹۱۲۱۱۱۰۰۰۲")]
    [InlineData("+98 912 111 0002")]
    [InlineData("1110002")]
    public async Task Every_spelling_finds_the_same_record(string typed)
    {
        await AddAsync("Person", "رضا کریمی", "رضا کریمی +989121110002", PlatformPermissions.SeeAudit);
        (await FindAsync("admin", typed)).Should().Contain("رضا کریمی");
    }

    [Fact]
    public async Task Titles_that_begin_with_the_words_come_first_and_a_kind_has_eight_at_most()
    {
        for (var i = 0; i < 12; i++) await AddAsync("Company", $"شرکت آسانبر پارسه {i}", $"شرکت آسانبر پارسه {i}", PlatformPermissions.SeeAudit);
        await AddAsync("Company", "پارسه صنعت", "پارسه صنعت", PlatformPermissions.SeeAudit);
        var found = await FindAsync("admin", "پارسه");
        found[0].Should().Be("پارسه صنعت");
        found.Should().HaveCount(8);
    }

    [Fact]
    public async Task One_letter_finds_what_begins_with_it()
    {
        await AddAsync("Person", "ژاله", "ژاله", PlatformPermissions.SeeAudit);
        await AddAsync("Person", "بیژن", "بیژن", PlatformPermissions.SeeAudit);
        (await FindAsync("admin", "ژ")).Should().Contain("ژاله").And.NotContain("بیژن");
    }

    [Fact]
    public async Task Nobody_finds_what_he_may_not_see()
    {
        await app.AddUserAsync("finder", PlatformPermissions.SeeAudit);
        await AddAsync("Person", "گنجشک پیدا", "گنجشک پیدا", PlatformPermissions.SeeAudit);
        await AddAsync("Person", "گنجشک پنهان", "گنجشک پنهان", PlatformPermissions.ManageUsers);
        await AddAsync("Person", "گنجشک شعبه", "گنجشک شعبه", PlatformPermissions.SeeAudit, Guid.CreateVersion7());
        (await FindAsync("finder", "گنجشک")).Should().Equal("گنجشک پیدا");
        (await FindAsync("admin", "گنجشک")).Should().HaveCount(3);
    }

    [Theory]
    [InlineData("%")]
    [InlineData("_")]
    [InlineData("\\")]
    [InlineData("' or 1=1 --")]
    [InlineData("   ")]
    public async Task Signs_of_the_pattern_language_are_letters_like_others(string typed)
    {
        await AddAsync("Person", "بی‌نشان", "بی‌نشان", PlatformPermissions.SeeAudit);
        (await FindAsync("admin", typed)).Should().NotContain("بی‌نشان");
    }

    [Theory]
    [InlineData("يك مؤسسۀ آزمايشي", "يک موسسه")]
    [InlineData("۱۲۳٤٥٦", "123")]
    [InlineData("می‌خواهم", "ميخواهم")]
    [InlineData("Ünïcode  ABC", "abc")]
    [InlineData("مُحَمَّد", "محمد")]
    public async Task The_database_folds_as_the_application_does(string text, string _)
    {
        (await app.QueryAsync<string>("select platform.fold_fa(@text)", new { text })).Should().Equal(Crm.Core.PersianText.Fold(text));
    }
}
