using System.Net;
using Crm.Core;
using Crm.Platform.Features.Snippets;

namespace Crm.Tests.Platform;

/// <summary>Texts that people keep to pick them in description fields.</summary>
public sealed class SnippetTests(PlatformApp app) : IClassFixture<PlatformApp>
{
    [Fact]
    public async Task A_text_is_kept_from_the_field_and_found_by_any_spelling_of_a_word_in_it()
    {
        var reza = await app.As("reza");
        await reza.PostAsync("/snippets", [("Command.Title", "شرایط گارانتي"), ("Command.Text", "هجده ماه پس از تحویل\nبا سرویس ماهانه")]);
        reza.Location.Should().Be("/snippets", reza.Text);
        (await reza.OpenAsync("/snippets/find?q=" + Uri.EscapeDataString("گارانتی"))).Html.Should().Contain("\"title\":\"");
        (await reza.OpenAsync("/snippets/find?q=" + Uri.EscapeDataString("ماهانه هجده"))).Html.Should().Contain("\\n", "line ends stay");
        (await reza.OpenAsync("/snippets/find?q=" + Uri.EscapeDataString("قرارداد"))).Html.Should().Contain("\"items\":[]");
        (await reza.OpenAsync("/snippets?q=" + Uri.EscapeDataString("تحویل"))).Text.Should().Contain("شرایط گارانتی");
    }

    [Fact]
    public async Task Anothers_own_text_is_nobodys_business_and_everybodys_needs_the_right()
    {
        var own = await app.SendAsync(new SaveSnippetCommand { Title = "یادداشت خودم", Text = "فقط من" }, "reza");
        (await (await app.As("maryam")).OpenAsync("/snippets/find")).Html.Should().NotContain(own.ToString());
        (await (await app.As("maryam")).OpenAsync($"/snippets?edit={own}")).Status.Should().Be(HttpStatusCode.NotFound);
        await FluentActions.Awaiting(() => app.SendAsync(new SaveSnippetCommand { Id = own, Title = "دیگر", Text = "مال من شد" }, "maryam")).Should().ThrowAsync<NotFound>();
        await FluentActions.Awaiting(() => app.SendAsync(new SaveSnippetCommand { Title = "برای همه", Text = "متن", Shared = true }, "maryam")).Should().ThrowAsync<Forbidden>();

        var all = await app.SendAsync(new SaveSnippetCommand { Title = "خوش‌آمد", Text = "به شرکت ما خوش آمدید", Shared = true }, "admin");
        (await (await app.As("maryam")).OpenAsync("/snippets/find")).Html.Should().Contain(all.ToString());
        await FluentActions.Awaiting(() => app.SendAsync(new DeleteSnippetCommand(all), "maryam")).Should().ThrowAsync<Forbidden>();
        await app.SendAsync(new DeleteSnippetCommand(all), "admin");
        (await (await app.As("maryam")).OpenAsync("/snippets/find")).Html.Should().NotContain(all.ToString());
    }

    [Fact]
    public async Task One_name_is_kept_once_and_the_error_stands_beside_the_field()
    {
        await app.SendAsync(new SaveSnippetCommand { Title = "پیگیری تلفنی", Text = "الف" }, "maryam");
        var maryam = await app.As("maryam");
        await maryam.PostAsync("/snippets", [("Command.Title", "پيگيري تلفني"), ("Command.Text", "ب")]);
        maryam.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        maryam.Text.Should().Contain(Texts.In("fa", "There is a text of this name already."));
    }
}
