using System.Net.Http.Json;
using Crm.Core;
using Crm.Data;
using Crm.Platform;
using Crm.Testing;
using Crm.Web;
using FsCheck;
using FsCheck.Fluent;

namespace Crm.Tests.Platform;

public sealed class SearchTests(PlatformApp app) : IClassFixture<PlatformApp>
{
    private async Task<Guid> AddAsync(string type, string title, string text, string permission, Guid? branch = null)
    {
        var id = Guid.CreateVersion7();
        var (words, sound) = SearchTexts.Of(new(type, title, "", text, "", ""));
        await app.QueryAsync<int>(
            "insert into platform.search (id, type, title, subtitle, text, sound, url, permission, branch_id, updated_at) values (@id, @type, @title, '', @words, @sound, '/x/' || @id, @permission, @branch, now()) returning 1",
            new { id, type, title, words, sound, permission, branch });
        return id;
    }

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

    [Theory]
    [InlineData("علیرضا کاوه‌پور", "علیرضا")]
    [InlineData("علیرضا کاوه‌پور", "علی رضا")]
    [InlineData("علیرضا کاوه‌پور", "علی‌رضا")]
    [InlineData("علی رضا کاوه‌پور", "علیرضا")]
    [InlineData("علی‌رضا کاوه‌پور", "علي رضا")]
    [InlineData("علی‌رضا کاوه‌پور", "كاوه پور")]
    [InlineData("میروم سفر", "می روم")]
    [InlineData("می روم سفر", "می‌روم")]
    [InlineData("مؤسسهٔ مسئولیت", "موسسه مسیولیت")]
    [InlineData("دَفتَرِ مَركَزي", "دفتر مرکزی")]
    public async Task Words_written_apart_with_a_half_space_or_together_are_one(string title, string typed)
    {
        await AddAsync("Person", title, title, PlatformPermissions.SeeAudit);
        (await FindAsync("admin", typed)).Should().Contain(title);
    }

    [Theory]
    [InlineData("jamshidpoor", "جمشیدپور")]
    [InlineData("jamshid pour", "جمشیدپور")]
    [InlineData("سهثپثدس", "Siemens")]
    [InlineData("زیمنس", "Ziemens")]
    [InlineData("[lad", "جمشید")]
    public async Task What_is_found_under_another_spelling_or_keyboard_is_shown_when_nothing_else_is(string typed, string _)
    {
        await AddAsync("Person", "جمشیدپور نصیریان", "جمشیدپور نصیریان", PlatformPermissions.SeeAudit);
        await AddAsync("Company", "Siemens", "Siemens", PlatformPermissions.SeeAudit);
        await AddAsync("Company", "Ziemens", "Ziemens", PlatformPermissions.SeeAudit);
        (await FindAsync("admin", typed)).Should().NotBeEmpty();
    }

    [Fact]
    public async Task What_was_typed_comes_before_what_it_may_have_meant()
    {
        await AddAsync("Company", "Behnaz Trading", "Behnaz Trading", PlatformPermissions.SeeAudit);
        await AddAsync("Person", "بهناز دادور", "بهناز دادور", PlatformPermissions.SeeAudit);
        (await FindAsync("admin", "behnaz")).Should().Equal("Behnaz Trading", "بهناز دادور");
    }

    [Fact]
    public async Task The_last_digits_of_a_number_come_before_its_middle()
    {
        await AddAsync("Person", "الف میانه", "الف میانه 09126734599", PlatformPermissions.SeeAudit);
        await AddAsync("Person", "ب پایان", "ب پایان 0499586734", PlatformPermissions.SeeAudit);
        await AddAsync("Person", "ج خود", "ج خود 6734", PlatformPermissions.SeeAudit);
        (await FindAsync("admin", "۶۷۳۴")).Should().Equal("ج خود", "ب پایان", "الف میانه");
    }

    [Fact]
    public async Task Among_equals_what_the_user_opened_lately_comes_first()
    {
        await AddAsync("Person", "شکوفه آ", "شکوفه آ", PlatformPermissions.SeeAudit);
        var used = await AddAsync("Person", "شکوفه درازنام", "شکوفه درازنام", PlatformPermissions.SeeAudit);
        (await FindAsync("admin", "شکوفه"))[0].Should().Be("شکوفه آ");
        await app.QueryAsync<int>("insert into platform.recent_records (user_id, record_id, type, title, url, opened_at) select id, @used, 'Person', 'x', '/x', now() from platform.users where user_name = 'admin' returning 1", new { used });
        (await FindAsync("admin", "شکوفه"))[0].Should().Be("شکوفه درازنام");
    }

    [Fact]
    public async Task Application_and_database_fold_any_text_alike()
    {
        // Letters of the Arabic block, spaces, marks and Latin ones, thrown together at random.
        var letters = Gen.OneOf(Gen.Choose(0x0600, 0x06FF), Gen.Choose(0x20, 0x7E), Gen.Elements(0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x00A0, 9, 10, 13), Gen.Choose(0xC0, 0x17E).Where(c => c is not (0x130 or 0x131)));
        var texts = letters.ArrayOf(24).Select(a => new string([.. a.Select(c => (char)c)])).Sample(400, 1).ToArray();
        var folded = (await app.QueryAsync<string>("select platform.fold_fa(t) from unnest(@texts) with ordinality as x(t, n) order by n", new { texts })).ToArray();
        folded.Should().Equal(texts.Select(PersianText.Fold));
        texts.Select(PersianText.Fold).Select(PersianText.Fold).Should().Equal(folded, "folding twice is folding once");
    }
}
