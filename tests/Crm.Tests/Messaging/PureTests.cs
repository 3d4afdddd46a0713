using System.Net;
using System.Text;
using Crm.Core;
using Crm.Messaging.Domain;
using Crm.Messaging.Sending;
using Crm.Messaging.Templates;

namespace Crm.Tests.Messaging;

public sealed class BackOffTests
{
    [Fact]
    public void Each_try_waits_twice_as_long_up_to_an_hour_and_those_that_failed_together_do_not_come_back_together()
    {
        // Fault 11.
        for (var attempt = 1; attempt <= 12; attempt++)
        {
            var middle = Math.Min(10 * Math.Pow(2, attempt - 1), 3600);
            var waits = Enumerable.Range(0, 400).Select(_ => MessagePump.DelaySeconds(attempt)).ToList();
            waits.Should().OnlyContain(w => w >= middle * 0.75 && w <= middle * 1.25);
            waits.Select(w => (int)((w / middle * 20) - 15)).Distinct().Should().HaveCountGreaterThanOrEqualTo(9, "they lie all over the half of it");
            var routines = Enumerable.Range(0, 400).Select(_ => Crm.Routines.Runtime.RuntimeOptions.Spread(TimeSpan.FromSeconds(middle)).TotalSeconds).ToList();
            routines.Should().OnlyContain(w => w >= (middle * 0.8) - 0.001 && w <= (middle * 1.2) + 0.001);
            (routines.Max() - routines.Min()).Should().BeGreaterThan(middle * 0.3);
        }
    }
}

public sealed class TemplateTextTests
{
    private static readonly TemplateRenderer s_renderer = new();

    private static string Render(string body, object? data = null, MessageChannel channel = MessageChannel.Sms, BodyFormat format = BodyFormat.Text, string language = "fa") =>
        s_renderer.Render(new("t", channel, MessageCategory.Service, "s", body, format, language, true), MergeValues.Of(System.Text.Json.JsonSerializer.SerializeToNode(data ?? new { })!.AsObject(), language)).Body;

    [Theory]
    [InlineData("{{company.nmae}}", "company.nmae")]
    [InlineData("{{password}}", "password")]
    [InlineData("{{company.name.Length}}", "company.name.Length")]
    [InlineData("{{#if nobody}}x{{/if}}", "nobody")]
    public void An_unknown_field_is_named(string text, string name)
    {
        var problem = Assert.Throws<TemplateProblem>(() => TemplateText.Read(text, MergeFields.IsField));
        problem.Args.Should().Contain(name);
    }

    [Theory]
    [InlineData("{{contact.custom.flors}}", "contact.custom.floors")]
    [InlineData("{{#if customer.custom.flors}}x{{/if}}", "customer.custom.floors")]
    [InlineData("{{contact.custom.nothing}}", null)]
    [InlineData("{{contact.custom.floors}} {{customer.custom.kind_id}} {{data.custom.any}}", "")]
    public void A_custom_field_that_the_company_does_not_have_is_named_when_a_template_is_saved(string text, string? meant)
    {
        var problem = s_renderer.Check(new("t", MessageChannel.Sms, MessageCategory.Service, null, text, BodyFormat.Text, "fa", true), ["floors", "kind", "kind_id"]).Select(p => p.Problem).SingleOrDefault();
        if (meant is "") problem.Should().BeNull();
        else if (meant is null) problem!.Args.Should().Equal("contact.custom.nothing");
        else problem!.Args.Should().Contain(meant);
        // A text that stands already is filled all the same: what there is not stays empty.
        Render(text.Replace("{{data.custom.any}}", "", StringComparison.Ordinal)).Trim().Should().BeEmpty();
    }

    [Theory]
    [InlineData("{{{company.name}}}")]
    [InlineData("{{&company.name}}")]
    [InlineData("{{> partial}}")]
    [InlineData("{{lookup company 'name'}}")]
    [InlineData("{{#with company}}x{{/with}}")]
    [InlineData("{{log company.name}}")]
    [InlineData("{{company.name | raw}}")]
    [InlineData("{{~company.name~}}")]
    [InlineData("{{#if company.name}}x")]
    [InlineData("{{/if}}")]
    [InlineData("{{else}}")]
    [InlineData("{{company.name")]
    [InlineData("\\{{company.name}}")]
    [InlineData("{{* decorator}}")]
    [InlineData("{{this}}")]
    [InlineData("{{company/name}}")]
    [InlineData("{{[constructor]}}")]
    public void Everything_but_fields_conditions_and_repetitions_is_refused(string text) =>
        Assert.Throws<TemplateProblem>(() => TemplateText.Read(text, MergeFields.IsField));

    [Fact]
    public void Fields_conditions_and_repetitions_are_filled() =>
        Render("{{company.name}}: {{#if agent.name}}{{agent.name}}{{else}}—{{/if}} {{#each data.parts}}{{@index}}={{this.name}} ({{company.name}}) {{/each}}{{!-- nobody sees this --}}",
            new { company = new { name = "آسان‌بر" }, data = new { parts = new[] { new { name = "در" }, new { name = "موتور" } } } })
            .Should().Be("آسان‌بر: — 0=در (آسان‌بر) 1=موتور (آسان‌بر)");

    [Fact]
    public void What_is_missing_stays_empty() => Render("a{{company.phone}}b{{answers.nothing.at.all}}c").Should().Be("abc");

    [Fact]
    public void Dates_and_numbers_follow_the_language_of_the_text()
    {
        Render("{{stage.due}} {{job.number}}", new { stage = new { due = "2026-03-21" }, job = new { number = 1042 } }).Should().Be("۱۴۰۵/۰۱/۰۱ ۱۰۴۲");
        Render("{{stage.due}} {{job.number}}", new { stage = new { due = "2026-03-21" }, job = new { number = 1042 } }, language: "en").Should().Be("2026-03-21 1042");
    }

    [Fact]
    public void Html_is_escaped_in_html_mails_and_nowhere_else()
    {
        var data = new { company = new { name = "<b onmouseover=alert(1)>\"علی\" & 'ک'</b>" } };
        Render("<p>{{company.name}}</p>", data, MessageChannel.Email, BodyFormat.Html).Should().Be("<p>&lt;b onmouseover=alert(1)&gt;&quot;علی&quot; &amp; &#x27;ک&#x27;&lt;/b&gt;</p>");
        Render("{{company.name}}", data).Should().Be("<b onmouseover=alert(1)>\"علی\" & 'ک'</b>");
    }

    [Fact]
    public void Members_of_NET_objects_can_not_be_reached() =>
        Render("[{{data.text.Length}}{{data.list.Capacity}}{{data.text.GetType}}{{data.map.Comparer}}{{answers.x.Module.Assembly}}]", new { data = new { text = "abc", list = new[] { 1 }, map = new { a = 1 } } }).Should().Be("[]");

    [Fact]
    public void A_text_that_grows_too_long_is_stopped()
    {
        var data = new { data = new { rows = Enumerable.Repeat(new string('x', 1000), 200) } };
        Assert.Throws<TemplateProblem>(() => Render("{{#each data.rows}}{{this}}{{/each}}", data));
        Assert.Throws<TemplateProblem>(() => Render("{{#each data.rows}}{{#each data.rows}}{{this}}{{/each}}{{/each}}", data, MessageChannel.Email));
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        var loops = string.Concat(Enumerable.Repeat("{{#each data.a}}", 3)) + "x" + string.Concat(Enumerable.Repeat("{{/each}}", 3));
        Assert.Throws<TemplateProblem>(() => TemplateText.Read(loops, MergeFields.IsField));
        Assert.Throws<TemplateProblem>(() => TemplateText.Read(new string('x', TemplateText.MaxLength + 1), MergeFields.IsField));
        Assert.Throws<TemplateProblem>(() => TemplateText.Read(string.Concat(Enumerable.Repeat("{{company.name}}", 501)), MergeFields.IsField));
    }

    [Fact]
    public void A_subject_stays_one_line()
    {
        var r = s_renderer.Render(new("t", MessageChannel.Email, MessageCategory.Service, "به {{company.name}}", "x", BodyFormat.Text, "fa", true), MergeValues.Of(System.Text.Json.Nodes.JsonNode.Parse("""{"company":{"name":"a\r\nBcc: x@y.z"}}""")!.AsObject(), "fa"));
        r.Subject.Should().Be("به a Bcc: x@y.z");
    }
}

public sealed class SmsPartsTests
{
    [Theory]
    [InlineData(0, 'a', 0)]
    [InlineData(160, 'a', 1)]
    [InlineData(161, 'a', 2)]
    [InlineData(306, 'a', 2)]
    [InlineData(307, 'a', 3)]
    [InlineData(70, 'س', 1)]
    [InlineData(71, 'س', 2)]
    [InlineData(134, 'س', 2)]
    [InlineData(135, 'س', 3)]
    [InlineData(80, '€', 1)]
    [InlineData(81, '€', 2)]
    public void Persian_and_Latin_texts_are_counted_in_parts(int count, char letter, int parts) => SmsParts.Of(new string(letter, count)).Parts.Should().Be(parts);
}

public sealed class MailTextTests
{
    private static readonly SmtpSettings s_settings = new() { FromAddress = "info@crm.test", FromName = "آسان‌بر البرز، \"فروش\"" };

    private static string Write(Letter letter) => Encoding.ASCII.GetString(MailText.Write(letter, s_settings, new(2026, 4, 4, 6, 30, 0, TimeSpan.Zero)));

    [Theory]
    [InlineData("a@b.ir\r\nBcc: x@y.ir")]
    [InlineData("a@b.ir\n")]
    [InlineData("a@b.ir>")]
    [InlineData("<a@b.ir>")]
    [InlineData("a@b.ir, c@d.ir")]
    [InlineData("a b@c.ir")]
    [InlineData("\"a\"@b.ir")]
    [InlineData("a@b.ir\0")]
    [InlineData("علی@مثال.ایران")]
    [InlineData("a@-b.ir")]
    [InlineData("@b.ir")]
    [InlineData("a@b")]
    [InlineData("a..b@c.ir")]
    [InlineData("")]
    public void What_is_not_one_plain_address_is_refused(string address) => MailAddress.Is(address).Should().BeFalse();

    [Theory]
    [InlineData("a.b+c@example.co.ir")]
    [InlineData("o'neil@x.ir")]
    public void Usual_addresses_are_taken(string address) => MailAddress.Is(address).Should().BeTrue();

    [Fact]
    public void Line_ends_in_names_and_subjects_can_not_make_headers()
    {
        var mail = Write(new(Guid.CreateVersion7(), "a@b.ir", "علی\r\nBcc: spy@evil.test", "Hello\r\nX-Evil: 1\r\n\r\nbody", "text", BodyFormat.Text, "fa"));
        var head = mail[..mail.IndexOf("\r\n\r\n", StringComparison.Ordinal)];
        head.Split("\r\n").Should().NotContain(l => l.StartsWith("Bcc", StringComparison.OrdinalIgnoreCase) || l.StartsWith("X-Evil", StringComparison.OrdinalIgnoreCase));
        mail.Split("\r\n").Should().OnlyContain(l => l.Length <= 78);
    }

    [Fact]
    public void Every_byte_is_ASCII_and_every_line_is_ended_by_CR_LF()
    {
        var bytes = MailText.Write(new(Guid.CreateVersion7(), "a@b.ir", "مهندس علی‌رضا خدابنده‌لو", new string('س', 300), string.Join('\n', Enumerable.Repeat(new string('م', 500), 3)) + "\n.\n..\nپایان ", BodyFormat.Html, "fa"), s_settings, default);
        bytes.Should().OnlyContain(b => b < 128);
        var text = Encoding.ASCII.GetString(bytes);
        text.Replace("\r\n", "", StringComparison.Ordinal).Should().NotContainAny("\r", "\n");
    }
}

public sealed class OutboundGuardTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f000001")]
    [InlineData("0x7f.1")]
    [InlineData("0177.0.0.1")]
    [InlineData("017700000001")]
    [InlineData("0")]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.0.1")]
    [InlineData("10.1")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("0xC0A80101")]
    [InlineData("169.254.169.254")]
    [InlineData("100.64.0.1")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("[::1]")]
    [InlineData("::1")]
    [InlineData("[::]")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("[::ffff:7f00:1]")]
    [InlineData("[::127.0.0.1]")]
    [InlineData("[fe80::1]")]
    [InlineData("[fc00::1]")]
    [InlineData("[fd12:3456::1]")]
    [InlineData("[64:ff9b::7f00:1]")]
    [InlineData("[2002:7f00:1::]")]
    [InlineData("[ff02::1]")]
    [InlineData("localhost")]
    [InlineData("LOCALHOST.")]
    [InlineData("１２７.0.0.1")]
    public async Task Spellings_of_inner_addresses_are_refused(string host) =>
        await Assert.ThrowsAsync<InnerHost>(() => OutboundGuard.ConnectAsync(host, 9, new HashSet<string>(), default));

    [Theory]
    [InlineData("127.0.0.1", "2130706433")]
    [InlineData("127.0.0.1", "0x7f.1")]
    [InlineData("localhost", "LocalHost.")]
    [InlineData("::1", "[0:0:0:0:0:0:0:1]")]
    public void One_host_has_one_spelling(string spelling, string host) => OutboundGuard.Spelling(host).Should().Be(spelling);

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    [InlineData("2a00:1450:4001::1")]
    public void Addresses_of_the_outer_world_are_not_inner(string address) => OutboundGuard.IsInner(IPAddress.Parse(address)).Should().BeFalse();
}
