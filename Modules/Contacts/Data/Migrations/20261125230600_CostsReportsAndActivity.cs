using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Contacts.Data.Migrations
{
    /// <inheritdoc />
    public partial class CostsReportsAndActivity : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "activity_reports",
                schema: "contacts",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    author_id = table.Column<Guid>(type: "uuid", nullable: false),
                    branch_id = table.Column<Guid>(type: "uuid", nullable: false),
                    span = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    from = table.Column<DateOnly>(type: "date", nullable: false),
                    to = table.Column<DateOnly>(type: "date", nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    summary = table.Column<string>(type: "character varying(20000)", maxLength: 20000, nullable: true),
                    sent_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    reviewed_by = table.Column<Guid>(type: "uuid", nullable: true),
                    reviewed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    rating = table.Column<int>(type: "integer", nullable: true),
                    comment = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_activity_reports", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "communication_costs",
                schema: "contacts",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    communication_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind_id = table.Column<Guid>(type: "uuid", nullable: false),
                    amount = table.Column<long>(type: "bigint", nullable: false),
                    note = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: true),
                    position = table.Column<short>(type: "smallint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_communication_costs", x => x.id);
                    table.ForeignKey(
                        name: "fk_communication_costs_communications_communication_id",
                        column: x => x.communication_id,
                        principalSchema: "contacts",
                        principalTable: "communications",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "contact_activity",
                schema: "contacts",
                columns: table => new
                {
                    contact_id = table.Column<Guid>(type: "uuid", nullable: false),
                    quiet_since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    communications = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_contact_activity", x => x.contact_id);
                    table.ForeignKey(
                        name: "fk_contact_activity_contacts_contact_id",
                        column: x => x.contact_id,
                        principalSchema: "contacts",
                        principalTable: "contacts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "activity_report_lines",
                schema: "contacts",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    report_id = table.Column<Guid>(type: "uuid", nullable: false),
                    section = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    source_id = table.Column<Guid>(type: "uuid", nullable: true),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    title = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    url = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: true),
                    contact_id = table.Column<Guid>(type: "uuid", nullable: true),
                    text = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_activity_report_lines", x => x.id);
                    table.ForeignKey(
                        name: "fk_activity_report_lines_activity_reports_report_id",
                        column: x => x.report_id,
                        principalSchema: "contacts",
                        principalTable: "activity_reports",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_activity_report_lines_contact_id_at",
                schema: "contacts",
                table: "activity_report_lines",
                columns: new[] { "contact_id", "at" },
                filter: "contact_id is not null and text is not null");

            migrationBuilder.CreateIndex(
                name: "ix_activity_report_lines_report_id",
                schema: "contacts",
                table: "activity_report_lines",
                column: "report_id");

            migrationBuilder.CreateIndex(
                name: "ix_activity_reports_from_id",
                schema: "contacts",
                table: "activity_reports",
                columns: new[] { "from", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_activity_reports_sent_at",
                schema: "contacts",
                table: "activity_reports",
                column: "sent_at",
                filter: "state = 'Sent'");

            migrationBuilder.CreateIndex(
                name: "ux_activity_reports_author_id_span_from",
                schema: "contacts",
                table: "activity_reports",
                columns: new[] { "author_id", "span", "from" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_communication_costs_communication_id",
                schema: "contacts",
                table: "communication_costs",
                column: "communication_id");

            migrationBuilder.CreateIndex(
                name: "ix_contact_activity_quiet_since_contact_id",
                schema: "contacts",
                table: "contact_activity",
                columns: new[] { "quiet_since", "contact_id" });

            migrationBuilder.Sql(Domain.FirstCostKinds.Sql());
            migrationBuilder.Sql(Domain.ContactActivity.Sql);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(Domain.ContactActivity.DropSql);
            migrationBuilder.Sql("delete from contacts.base_data where list = 'communication-cost-kind'");
            migrationBuilder.DropTable(
                name: "activity_report_lines",
                schema: "contacts");

            migrationBuilder.DropTable(
                name: "communication_costs",
                schema: "contacts");

            migrationBuilder.DropTable(
                name: "contact_activity",
                schema: "contacts");

            migrationBuilder.DropTable(
                name: "activity_reports",
                schema: "contacts");
        }
    }
}
